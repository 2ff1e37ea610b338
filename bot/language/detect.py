"""Tells whether a message is in a language that Lantern does not answer in, and which.

A short or misspelt English question must not be taken for another language: where something was understood of a
message, only near certainty counts. Detection is py3langid's: a naive Bayes model over byte n-grams, inside the package.
"""

from __future__ import annotations

from typing import Any

__all__ = ["LEAST_CONFIDENCE", "NEAR_CERTAINTY", "LanguageDetector"]

# The languages with a reviewed phrase of their own. Malay and Indonesian readers understand the same short phrase.
_PHRASES = {"es": "es", "fr": "fr", "de": "de", "pt": "pt", "ms": "ms", "id": "ms", "th": "th"}
_CANDIDATES = ["en", "es", "fr", "de", "pt", "ms", "id", "th", "it", "nl"]
# Set by eye on two dozen short messages; below it a message is answered in English.
LEAST_CONFIDENCE = 0.6
# For a message that something was understood of. No English training example reaches it.
NEAR_CERTAINTY = 0.95


class LanguageDetector:
    """Names the language of a text."""

    def __init__(self, identifier: Any) -> None:
        """Keep a loaded identifier; ``open`` loads it."""
        self._identifier = identifier

    @classmethod
    def open(cls) -> LanguageDetector:
        """Load the model that comes with py3langid."""
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        identifier.set_languages(_CANDIDATES)
        return cls(identifier)

    def foreign(self, text: str, least: float = LEAST_CONFIDENCE) -> str | None:
        """Return the code of the phrase to answer with, None for English and for what cannot be told.

        Args:
            text: a cleaned message.
            least: from which probability on a language is believed.
        """
        language, confidence = self._identifier.classify(text)
        return _PHRASES.get(language) if confidence >= least else None
