"""Reviewed content: its schemas, its lint, its releases, and how a Reply is composed from them."""
