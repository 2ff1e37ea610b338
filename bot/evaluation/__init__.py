"""Measures: a claim about quality is a command with a number."""
