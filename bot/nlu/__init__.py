"""Rasa graph components: thin adapters around plain functions. Import ``bot.boot`` and call ``prepare`` first."""
