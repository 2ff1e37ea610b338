"""Turns texts into numbers: character n-grams with weights learned in training, kept as plain arrays.

The same class counts in training and in serving, so that the two cannot drift apart.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

__all__ = ["CharacterNgrams"]

SHORTEST = 1
LONGEST = 4
LEAST_TEXTS = 2


@dataclass(frozen=True)
class CharacterNgrams:
    """Weighs the 1- to 4-character pieces of the words of a text (logarithmic counts, inverse document frequency).

    Attributes:
        vocabulary: piece to column.
        weights: the inverse document frequency of each column.
    """

    vocabulary: Mapping[str, int]
    weights: NDArray[np.float32]

    @classmethod
    def fit(cls, texts: Sequence[str]) -> CharacterNgrams:
        """Learn the pieces that at least two texts share, and how telling each is."""
        texts_with: Counter[str] = Counter()
        for text in texts:
            texts_with.update(set(_pieces(text)))
        kept = sorted(piece for piece, count in texts_with.items() if count >= LEAST_TEXTS)
        weights = np.array([math.log((1 + len(texts)) / (1 + texts_with[piece])) + 1 for piece in kept], np.float32)
        return cls({piece: column for column, piece in enumerate(kept)}, weights)

    def transform(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row of length one a text; a text of unknown pieces alone gives an empty row."""
        columns: list[int] = []
        values: list[float] = []
        ends = [0]
        for text in texts:
            counts = Counter(self.vocabulary[piece] for piece in _pieces(text) if piece in self.vocabulary)
            row = {column: (1 + math.log(count)) * float(self.weights[column]) for column, count in counts.items()}
            length = math.sqrt(sum(value * value for value in row.values())) or 1.0
            columns.extend(row)
            values.extend(value / length for value in row.values())
            ends.append(len(columns))
        shape = (len(texts), len(self.vocabulary))
        return csr_matrix((np.array(values, np.float32), np.array(columns, np.int32), np.array(ends)), shape=shape)


def _pieces(text: str) -> Iterator[str]:
    for word in text.split():
        padded = f" {word} "
        for size in range(SHORTEST, LONGEST + 1):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]
