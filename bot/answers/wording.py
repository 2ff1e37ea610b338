"""Counts over sentences: words, numbers, reading grade. Pure functions for the lint."""

from __future__ import annotations

import re

__all__ = ["AMOUNT", "numbers_in", "reading_grade", "word_count"]

# A figure with a unit of mass, or a count of what is swallowed. Not "per 100 g": that is a strength.
AMOUNT = re.compile(
    r"\b\d+(?:[.,]\d+)?(?:\s?(?:-|–|to)\s?\d+(?:[.,]\d+)?)?\s?"
    r"(?:g|mg|grams?|milligrams?|capsules?|tablets?|teaspoons?|tablespoons?)\b(?!\s?(?:per|/))",
    re.IGNORECASE,
)

_WORDS_FOR_NUMBERS = {
    "one": None, "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "twenty": "20", "thirty": "30", "half": "0.5", "third": "1/3",
}  # fmt: skip
# Names that carry a digit without stating a number.
_NAMES = re.compile(
    r"\b(?:7-?oh|7-hydroxymitragynine|mgm-?1[56]|cyp\w+|cyp3a4?|cyp2d6|4x100|p-gp|5-?htp|"
    r"a&e|vitamin [a-z]\d+|under-?18s?)\b",
    re.IGNORECASE,
)


def word_count(text: str) -> int:
    """Return how many words a text has, the way a reader counts: by the spaces."""
    return len(text.split())


def numbers_in(text: str) -> set[str]:
    """Return the figures of a text in one spelling: ``1,800`` is ``1800``, ``55.8%`` is ``55.8``, ``two`` is ``2``.

    The word *one* states no figure ("in one study") and names such as 7-OH are no numbers.
    """
    plain = _NAMES.sub(" ", text.lower())
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", plain)
    found = {_plain(number) for number in re.findall(r"\d+(?:\.\d+)?", plain)}
    found |= {value for word, value in _WORDS_FOR_NUMBERS.items() if value and re.search(rf"\b{word}\b", plain)}
    return found


def _plain(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else (number.lstrip("0") or "0")


def reading_grade(text: str) -> float:
    """Return the Flesch-Kincaid grade of a text (grade 8 is about age 13).

    Drug names count as short words: a person who asks about mitragynine knows the word.
    """
    # Imported here: it takes 0.4 s, and only writers need it, not the server.
    import textstat

    plain = _DRUG_NAME.sub("drug", text)
    return float(textstat.flesch_kincaid_grade(plain)) if plain.strip() else 0.0


_DRUG_NAME = re.compile(
    r"\b(?:7-hydroxymitragynine|\w*mitragyn\w+|\w{2,}(?:zolam|zepam)|\w{5,}(?:azepines?|oxone|adone|orphine|codone|opioids?|amine|amphetamines?|"
    r"barbiturates?|gabapentinoids?|tidepressants?|psychotics?|histamines?|entin|abalin|alkaloids?)|opioids?|naloxone|kratom)\b",
    re.IGNORECASE,
)
