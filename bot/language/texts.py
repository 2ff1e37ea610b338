"""A classifier of short texts: softmax regressions on sentence embeddings and on character pieces, averaged.

It serves twice: which intent a message has, and which answer it asks for.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelError
from bot.language.features import CharacterNgrams
from bot.language.linear import LinearModel, fit_temperature

__all__ = ["TextClassifier"]

# The share of the examples that the temperature is fitted on, by a model that has not seen them.
HELD_OUT = 0.25


@dataclass(frozen=True)
class TextClassifier:
    """A trained classifier. At least one of its two models is there.

    Attributes:
        labels: class names, in the order of the columns.
        pieces: the character features; None when only embeddings are used.
        characters: the model on them.
        embeddings: the model on sentence embeddings; None when it was trained without the encoder.
    """

    labels: tuple[str, ...]
    pieces: CharacterNgrams | None
    characters: LinearModel | None
    embeddings: LinearModel | None

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        vectors: NDArray[np.float32] | None,
        names: Sequence[str],
        *,
        embedding_strength: float,
        character_strength: float,
        with_characters: bool = True,
    ) -> TextClassifier:
        """Train; each model's temperature is fitted on examples that were held out for it.

        Args:
            texts: the examples, substances already masked.
            vectors: [examples, 384] or None.
            names: the class of each example.
            embedding_strength: scikit-learn's C of the model on embeddings.
            character_strength: the same for the model on characters.
            with_characters: False leaves that model out where there are vectors; with very many classes it adds
                little and takes long.
        """
        labels = tuple(sorted(set(names)))
        place = {label: column for column, label in enumerate(labels)}
        classes = np.array([place[name] for name in names], np.int64)
        embeddings = None if vectors is None else _calibrated(vectors, classes, embedding_strength)
        if not with_characters and embeddings is not None:
            return cls(labels, None, None, embeddings)
        pieces = CharacterNgrams.fit(texts)
        return cls(labels, pieces, _calibrated(pieces.transform(texts), classes, character_strength), embeddings)

    def probabilities(self, texts: Sequence[str], vectors: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Return [texts, classes].

        Raises:
            ModelError: if vectors are given to a model without them, or missing from one with them.
        """
        if (vectors is None) != (self.embeddings is None):
            raise ModelError("The model and the sentence encoder do not belong together. Run: python -m bot train")
        shares = []
        if self.pieces is not None and self.characters is not None:
            shares.append(self.characters.probabilities(self.pieces.transform(texts)))
        if self.embeddings is not None:
            shares.append(self.embeddings.probabilities(vectors))
        return np.asarray(sum(shares) / len(shares), np.float32)

    def write(self, path: Path) -> None:
        """Store the model as plain arrays."""
        arrays: dict[str, Any] = {"labels": np.array(self.labels)}
        if self.pieces is not None:
            arrays |= {"pieces": np.array(list(self.pieces.vocabulary)), "weights": self.pieces.weights}
        for name, model in (("characters", self.characters), ("embeddings", self.embeddings)):
            if model is not None:
                arrays |= {
                    f"{name}_coefficients": model.coefficients,
                    f"{name}_intercepts": model.intercepts,
                    f"{name}_temperature": np.array(model.temperature, np.float32),
                }
        with path.open("wb") as file:
            np.savez(file, **arrays)

    @classmethod
    def read(cls, path: Path) -> TextClassifier:
        """Read back what ``write`` stored.

        Raises:
            ModelError: if an array is missing or of another shape.
        """
        try:
            # The file is opened here, because np.load leaves a torn archive open.
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                pieces = None
                if "pieces" in arrays:
                    vocabulary = {piece: column for column, piece in enumerate(arrays["pieces"].tolist())}
                    pieces = CharacterNgrams(vocabulary, arrays["weights"])
                model = cls(
                    tuple(arrays["labels"].tolist()), pieces, _model(arrays, "characters"), _model(arrays, "embeddings")
                )
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ModelError(f"{path.name} in the model cannot be read. Run: python -m bot train") from error
        widths = {part.coefficients.shape[1] for part in (model.characters, model.embeddings) if part is not None}
        if widths != {len(model.labels)}:
            raise ModelError(f"{path.name} in the model does not fit together. Run: python -m bot train")
        return model


def _calibrated(rows: Any, classes: NDArray[np.int64], strength: float) -> LinearModel:
    from sklearn.model_selection import train_test_split

    places = np.arange(len(classes))
    train, test = train_test_split(places, test_size=HELD_OUT, stratify=classes, random_state=0)
    held_out = LinearModel.fit(rows[train], classes[train], strength).scores(rows[test])
    temperature = fit_temperature(held_out, classes[test].tolist())
    return replace(LinearModel.fit(rows, classes, strength), temperature=temperature)


def _model(arrays: Any, name: str) -> LinearModel | None:
    if f"{name}_coefficients" not in arrays:
        return None
    return LinearModel(
        arrays[f"{name}_coefficients"], arrays[f"{name}_intercepts"], float(arrays[f"{name}_temperature"])
    )
