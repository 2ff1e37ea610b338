"""Lantern: a harm-reduction question-and-answer bot that answers only with reviewed text."""
