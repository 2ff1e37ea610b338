"""How a text becomes numbers: the sentence encoder."""
