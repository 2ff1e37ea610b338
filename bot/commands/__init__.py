"""The commands of ``python -m bot``, one module each. Words for operators stand here; words for people stand in data/."""
