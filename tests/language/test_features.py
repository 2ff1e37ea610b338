"""Character pieces: the same text gives the same numbers in training and in serving."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.features import CharacterNgrams

TEXTS = ["kratom tea", "kratom powder", "pain at night", "pain in the back", "a kratom shot"]


@pytest.fixture(scope="module")
def pieces() -> CharacterNgrams:
    return CharacterNgrams.fit(TEXTS)


def row(pieces: CharacterNgrams, text: str) -> dict[str, float]:
    found = pieces.transform([text]).toarray()[0]
    return {piece: float(found[column]) for piece, column in pieces.vocabulary.items() if found[column]}


def test_pieces_have_one_to_four_characters_and_stay_within_a_word(pieces: CharacterNgrams) -> None:
    assert {len(piece) for piece in pieces.vocabulary} == {1, 2, 3, 4}
    assert not any(" " in piece.strip() for piece in pieces.vocabulary)
    assert {" kra", "krat", "tom ", " pai", "ain "} <= set(pieces.vocabulary)


def test_a_piece_that_one_text_alone_has_is_not_learned(pieces: CharacterNgrams) -> None:
    assert {"powd", "nigh", " tea"} & set(pieces.vocabulary) == set()


def test_columns_are_in_alphabetical_order_and_without_gaps(pieces: CharacterNgrams) -> None:
    assert list(pieces.vocabulary) == sorted(pieces.vocabulary)
    assert list(pieces.vocabulary.values()) == list(range(len(pieces.vocabulary)))
    assert pieces.weights.shape == (len(pieces.vocabulary),)


def test_a_rare_piece_weighs_more_than_a_common_one(pieces: CharacterNgrams) -> None:
    weight = {piece: float(pieces.weights[column]) for piece, column in pieces.vocabulary.items()}
    assert weight["pain"] == pytest.approx(math.log(6 / 3) + 1)
    assert weight["krat"] == pytest.approx(math.log(6 / 4) + 1)
    assert weight["pain"] > weight["krat"] > weight["a"]


def test_every_row_has_the_length_one(pieces: CharacterNgrams) -> None:
    lengths = np.sqrt(pieces.transform(TEXTS).power(2).sum(axis=1))
    assert lengths == pytest.approx(np.ones((5, 1)))


def test_a_piece_that_comes_twice_counts_more_but_not_twice(pieces: CharacterNgrams) -> None:
    once, twice = row(pieces, "pain krat"), row(pieces, "pain pain krat")
    ratio = (twice["pain"] / twice["krat"]) / (once["pain"] / once["krat"])
    assert ratio == pytest.approx(1 + math.log(2))


def test_an_empty_text_is_an_empty_row(pieces: CharacterNgrams) -> None:
    rows = pieces.transform(["kratom", "", "  "])
    assert rows.shape == (3, len(pieces.vocabulary))
    assert [bool(rows[place].nnz) for place in range(3)] == [True, False, False]


def test_of_an_unknown_word_only_its_edges_are_known(pieces: CharacterNgrams) -> None:
    assert row(pieces, "zzz") == {" ": pytest.approx(1)}


def test_texts_do_not_depend_on_what_stands_beside_them(pieces: CharacterNgrams) -> None:
    together = pieces.transform(TEXTS).toarray()
    for place, text in enumerate(TEXTS):
        assert (together[place] == pieces.transform([text]).toarray()[0]).all()


def test_learning_again_learns_the_same() -> None:
    one, other = CharacterNgrams.fit(TEXTS), CharacterNgrams.fit(list(reversed(TEXTS)))
    assert one.vocabulary == other.vocabulary
    assert (one.weights == other.weights).all()


@given(text=st.text(max_size=1000))
def test_any_text_becomes_a_row_of_finite_numbers(text: str) -> None:
    values = CharacterNgrams.fit(TEXTS).transform([text]).toarray()
    assert np.isfinite(values).all()
    assert np.linalg.norm(values) == pytest.approx(1) or not values.any()
