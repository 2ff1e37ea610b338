"""Counts over sentences: what counts as a word, as a number, as hard to read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answers.wording import numbers_in, reading_grade, word_count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("   ", 0),
        ("one", 1),
        ("7-OH is a well-known name", 5),
        ("two  blanks\nand a line", 5),
        ("don't count 1,800 twice", 4),
    ],
)
def test_words_are_counted_by_the_blanks_between_them(text: str, count: int) -> None:
    assert word_count(text) == count


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", set()),
        ("nothing here", set()),
        ("about 16 times", {"16"}),
        ("1,800 people", {"1800"}),
        ("12,345,678 of them", {"12345678"}),
        ("1,80", {"1", "80"}),
        ("55.8%", {"55.8"}),
        ("55.80 %", {"55.8"}),
        ("5.0 g", {"5"}),
        ("5 to 10 minutes", {"5", "10"}),
        ("5–10 minutes", {"5", "10"}),
        ("007", {"7"}),
        ("0 of 0", {"0"}),
        ("two people", {"2"}),
        ("Twelve people", {"12"}),
        ("half of them", {"0.5"}),
        ("a third of them", {"1/3"}),
        ("one study", set()),
        ("someone, often, tensile", set()),
        ("7-OH and 7oh", set()),
        ("7-hydroxymitragynine at 7 mg", {"7"}),
        ("CYP3A4 and CYP2D6", set()),
        ("MGM-15 and MGM-16", set()),
        ("in 2024", {"2024"}),
        ("3 of 7", {"3", "7"}),
    ],
)
def test_numbers_are_found_in_one_spelling(text: str, numbers: set[str]) -> None:
    assert numbers_in(text) == numbers


@given(number=st.integers(min_value=1000, max_value=999_999))
def test_a_comma_for_thousands_changes_no_number(number: int) -> None:
    assert numbers_in(f"{number:,} people") == numbers_in(f"{number} people") == {str(number)}


@given(whole=st.integers(min_value=0, max_value=999), part=st.integers(min_value=1, max_value=9))
def test_a_zero_at_the_end_changes_no_number(whole: int, part: int) -> None:
    assert numbers_in(f"{whole}.{part}0") == numbers_in(f"{whole}.{part}") == {f"{whole}.{part}"}


def test_short_plain_words_are_easier_than_long_ones() -> None:
    plain = "If they will not wake up, call for help. Stay with them until help comes."
    hard = "Contraindications necessitate individualised consideration of polypharmacological interactions."
    assert reading_grade(plain) < 4 < 8 < reading_grade(hard)


@pytest.mark.parametrize("name", ["mitragynine", "7-hydroxymitragynine", "benzodiazepines", "naloxone", "opioids"])
def test_the_name_of_a_drug_makes_a_sentence_no_harder(name: str) -> None:
    assert reading_grade(f"Ask about {name} before you drive.") == reading_grade("Ask about drug before you drive.")


@pytest.mark.parametrize("name", ["alprazolam", "midazolam", "diazepam"])
def test_the_name_of_a_short_drug_makes_a_sentence_no_harder(name: str) -> None:
    assert reading_grade(f"Ask about {name} before you drive.") == reading_grade("Ask about drug before you drive.")


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_nothing_is_easy_to_read(text: str) -> None:
    assert reading_grade(text) == 0.0
