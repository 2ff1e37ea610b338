"""A softmax regression that is trained with scikit-learn and kept and run as plain arrays."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

__all__ = ["LinearModel", "fit_temperature"]


@dataclass(frozen=True)
class LinearModel:
    """Scores classes.

    Attributes:
        coefficients: [features, classes].
        intercepts: [classes].
        temperature: what the scores are divided by before they become probabilities; above 1 makes it less sure.
    """

    coefficients: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    temperature: float = 1.0

    @classmethod
    def fit(cls, rows: Any, labels: NDArray[np.int64], strength: float) -> LinearModel:
        """Train on rows, dense or sparse.

        Args:
            rows: [texts, features].
            labels: the class of each text, 0 … classes - 1, each at least once.
            strength: scikit-learn's ``C``; larger fits closer.
        """
        # Imported here: serving does not need scikit-learn's 0.7 s.
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        # On many sparse columns SAGA with a loose tolerance is as good and four times as fast as the default.
        solver = {"solver": "saga", "tol": 1e-2, "max_iter": 40} if issparse(rows) else {"tol": 1e-2, "max_iter": 80}
        model = LogisticRegression(C=strength, random_state=0, **solver)
        with warnings.catch_warnings():
            # The number of steps is bounded on purpose; the last few change nothing that can be measured.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(rows, labels)
        coefficients, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:
            coefficients = np.vstack([-coefficients / 2, coefficients / 2])
            intercepts = np.concatenate([-intercepts / 2, intercepts / 2])
        return cls(np.ascontiguousarray(coefficients.T, np.float32), intercepts.astype(np.float32))

    def scores(self, rows: Any) -> NDArray[np.float32]:
        """Return [texts, classes] scores before they are made probabilities."""
        return np.asarray(rows @ self.coefficients + self.intercepts, np.float32)

    def probabilities(self, rows: Any) -> NDArray[np.float32]:
        """Return [texts, classes] probabilities."""
        return softmax(self.scores(rows) / self.temperature)


def softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return scores as probabilities that sum to one in each row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def fit_temperature(scores: NDArray[np.float32], labels: Sequence[int]) -> float:
    """Return the temperature that makes held-out probabilities most honest (least log loss), by a grid search.

    Args:
        scores: [texts, classes] of texts that the model was not trained on.
        labels: their classes.
    """
    rows = np.arange(len(labels))

    def loss(temperature: float) -> float:
        return float(-np.log(softmax(scores / np.float32(temperature))[rows, np.asarray(labels)] + 1e-12).mean())

    return float(min(np.geomspace(0.1, 5, 80), key=loss))
