"""The crisis gate: what must never be missed, found without a model, a network or a database."""
