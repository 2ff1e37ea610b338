"""A message in another language gets its phrase; a short or misspelt English one never does."""

from __future__ import annotations

import pytest

from bot.answers.models import Phrase
from bot.answers.release import Release
from bot.language.detect import LEAST_CONFIDENCE, LanguageDetector


class Classifying:
    """Stands where the language model stands."""

    def __init__(self, language: str, confidence: float) -> None:
        self.found = (language, confidence)

    def classify(self, _text: str) -> tuple[str, float]:
        return self.found


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("¿puedo tomar kratom con alcohol todos los días?", "es"),
        ("est-ce que je peux prendre du kratom avec de l'alcool", "fr"),
        ("kann ich kratom zusammen mit alkohol nehmen", "de"),
        ("posso tomar kratom com bebida alcoólica", "pt"),
        ("bolehkah saya minum air ketum dengan ubat demam", "ms"),
        ("berapa banyak ketum yang selamat", "ms"),
        ("กินกระท่อมกับเหล้าได้ไหม", "th"),
    ],
)
def test_a_message_in_a_language_with_a_phrase_is_recognised(
    detector: LanguageDetector, text: str, language: str
) -> None:
    assert detector.foreign(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "hi",
        "ok",
        "k",
        "12345",
        "how much kratom",
        "kratom xanax",
        "whats 7oh",
        "krtom wit alchohol",
        "can u mix kratom n benzos",
        "maeng da vs red bali",
        "is it addictive",
        "pls help",
        "idk",
        "mitragynine",
    ],
)
def test_english_is_english_however_short_and_misspelt(detector: LanguageDetector, text: str) -> None:
    assert detector.foreign(text) is None


@pytest.mark.parametrize(
    "text", ["il kratom crea dipendenza con l'uso quotidiano", "is kratom verslavend als je het elke dag gebruikt"]
)
def test_a_language_without_a_phrase_gets_none(detector: LanguageDetector, text: str) -> None:
    assert detector.foreign(text) is None


@pytest.mark.parametrize(
    ("language", "confidence", "phrase"),
    [
        ("es", 1.0, "es"),
        ("es", LEAST_CONFIDENCE, "es"),
        ("es", LEAST_CONFIDENCE - 0.01, None),
        ("en", 1.0, None),
        ("it", 1.0, None),
        ("id", 0.9, "ms"),
        ("ms", 0.9, "ms"),
    ],
)
def test_what_is_not_sure_enough_is_answered_in_english(language: str, confidence: float, phrase: str | None) -> None:
    assert LanguageDetector(Classifying(language, confidence)).foreign("text") == phrase


def test_every_language_that_is_recognised_has_its_phrase(release: Release) -> None:
    for language in ("es", "fr", "de", "pt", "ms", "th"):
        assert release.get(f"phrase.not-english.{language}", Phrase) is not None
