"""The classifier of short texts: it learns, is honest about how sure it is, and is the same after storing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.errors import ModelError
from bot.language.linear import LinearModel, fit_temperature, softmax
from bot.language.texts import TextClassifier

NAMES = [f"class{number:02}" for number in range(24)]
WORDS = [f"{a}{b}" for a in ("kra", "pow", "tea", "sho", "mix", "nig") for b in ("tomo", "der", "leaf", "strong")]
RANDOM = np.random.default_rng(7)


def examples(per_class: int, seed: int) -> tuple[list[str], list[str], NDArray[np.float32]]:
    """Return texts, their classes and vectors of eight numbers: each class has a word and a direction of its own."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(1).normal(size=(len(NAMES), 8))
    texts, names, vectors = [], [], []
    for place, name in enumerate(NAMES):
        for number in range(per_class):
            texts.append(f"{WORDS[place]} {['why', 'how', 'what', 'when'][number % 4]} {WORDS[place]}")
            names.append(name)
            vectors.append(centres[place] + random.normal(scale=0.2, size=8))
    return texts, names, np.array(vectors, np.float32)


def fitted(vectors: NDArray[np.float32] | None = None, **options: Any) -> TextClassifier:
    texts, names, _ = examples(6, 2)
    return TextClassifier.fit(texts, vectors, names, embedding_strength=20.0, character_strength=30.0, **options)


@pytest.fixture(scope="module")
def vectors() -> NDArray[np.float32]:
    return examples(6, 2)[2]


@pytest.fixture(scope="module")
def both(vectors: NDArray[np.float32]) -> TextClassifier:
    return fitted(vectors)


@pytest.fixture(scope="module")
def characters() -> TextClassifier:
    return fitted()


@pytest.fixture(scope="module")
def embeddings(vectors: NDArray[np.float32]) -> TextClassifier:
    return fitted(vectors, with_characters=False)


def right(shares: NDArray[np.float32], classifier: TextClassifier, names: list[str]) -> float:
    return float(
        np.mean([classifier.labels[place] == name for place, name in zip(shares.argmax(axis=1), names, strict=True)])
    )


def test_it_learns_more_classes_than_fit_on_one_hand(both: TextClassifier) -> None:
    texts, names, seen = examples(2, 99)
    assert both.labels == tuple(NAMES)
    assert right(both.probabilities(texts, seen), both, names) >= 0.95


def test_each_of_its_models_learns_alone(characters: TextClassifier, embeddings: TextClassifier) -> None:
    texts, names, seen = examples(2, 99)
    assert right(characters.probabilities(texts, None), characters, names) >= 0.95
    assert right(embeddings.probabilities(texts, seen), embeddings, names) >= 0.8


def test_the_two_models_are_averaged(both: TextClassifier) -> None:
    texts, _, seen = examples(1, 99)
    assert both.pieces is not None
    assert both.characters is not None
    assert both.embeddings is not None
    expected = (both.characters.probabilities(both.pieces.transform(texts)) + both.embeddings.probabilities(seen)) / 2
    assert both.probabilities(texts, seen) == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["both", "characters", "embeddings"])
def test_probabilities_are_probabilities(kind: str, request: pytest.FixtureRequest) -> None:
    classifier = request.getfixturevalue(kind)
    texts = ["", "zzz unknown", "x" * 1000, WORDS[0]]
    seen = None if kind == "characters" else np.zeros((4, 8), np.float32)
    shares = classifier.probabilities(texts, seen)
    assert shares.shape == (4, len(NAMES))
    assert (shares >= 0).all()
    assert shares.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-4)


@pytest.mark.parametrize("kind", ["both", "characters", "embeddings"])
def test_it_is_the_same_after_storing(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    classifier = request.getfixturevalue(kind)
    texts, _, seen = examples(1, 99)
    given_vectors = None if kind == "characters" else seen
    classifier.write(tmp_path / "model.npz")
    again = TextClassifier.read(tmp_path / "model.npz")
    assert again.labels == classifier.labels
    assert (again.probabilities(texts, given_vectors) == classifier.probabilities(texts, given_vectors)).all()


def test_training_again_gives_the_same_model(both: TextClassifier, vectors: NDArray[np.float32]) -> None:
    texts, _, seen = examples(1, 99)
    assert (fitted(vectors).probabilities(texts, seen) == both.probabilities(texts, seen)).all()


def test_vectors_that_do_not_belong_are_refused(both: TextClassifier, characters: TextClassifier) -> None:
    message = r"^The model and the sentence encoder do not belong together\. Run: python -m bot train$"
    with pytest.raises(ModelError, match=message):
        both.probabilities(["x"], None)
    with pytest.raises(ModelError, match=message):
        characters.probabilities(["x"], np.zeros((1, 8), np.float32))


def stored(classifier: TextClassifier, path: Path, **changes: Any) -> Path:
    """Store a model with other arrays; None leaves one out."""
    classifier.write(path)
    with np.load(path) as arrays:
        kept = {**arrays, **changes}
    with path.open("wb") as file:
        np.savez(file, **{name: array for name, array in kept.items() if array is not None})
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": None}, "cannot be read"),
        ({"weights": None}, "cannot be read"),
        ({"characters_intercepts": None}, "cannot be read"),
        ({"embeddings_temperature": None}, "cannot be read"),
        ({"labels": np.array(["only", "two"])}, "does not fit together"),
        ({"characters_coefficients": np.zeros((3, 5), np.float32)}, "does not fit together"),
        ({"labels": np.array([object()], dtype=object)}, "cannot be read"),
    ],
    ids=lambda value: ", ".join(value) if isinstance(value, dict) else value,
)
def test_a_damaged_model_is_refused(
    both: TextClassifier, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelError, match=rf"^model\.npz in the model {message}\. Run: python -m bot train$"):
        TextClassifier.read(stored(both, tmp_path / "model.npz", **changes))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no archive",
        b"PK\x03\x04 torn",
    ],
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "model.npz").write_bytes(data)
    with pytest.raises(ModelError):
        TextClassifier.read(tmp_path / "model.npz")


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        TextClassifier.read(tmp_path / "model.npz")


# ---- the linear model


def test_two_classes_are_two_columns() -> None:
    rows = np.array([[-1.0], [-0.9], [0.9], [1.0]], np.float32)
    model = LinearModel.fit(rows, np.array([0, 0, 1, 1]), 10.0)
    assert model.coefficients.shape == (1, 2)
    assert model.probabilities(rows).argmax(axis=1).tolist() == [0, 0, 1, 1]
    assert model.probabilities(np.zeros((1, 1), np.float32)) == pytest.approx(np.full((1, 2), 0.5), abs=0.05)


def test_two_classes_are_as_sure_as_scikit_learn_is() -> None:
    from sklearn.linear_model import LogisticRegression

    rows = RANDOM.normal(size=(40, 3)).astype(np.float32)
    labels = (rows[:, 0] + 0.3 * rows[:, 1] > 0).astype(np.int64)
    theirs = LogisticRegression(C=2.0, random_state=0, tol=1e-3, max_iter=200).fit(rows, labels).predict_proba(rows)
    assert LinearModel.fit(rows, labels, 2.0).probabilities(rows) == pytest.approx(theirs, abs=1e-3)


def test_a_higher_temperature_is_less_sure_and_says_the_same() -> None:
    rows = np.eye(3, dtype=np.float32)
    sure = LinearModel(np.eye(3, dtype=np.float32) * 4, np.zeros(3, np.float32))
    modest = LinearModel(sure.coefficients, sure.intercepts, temperature=4.0)
    assert modest.probabilities(rows).argmax(axis=1).tolist() == [0, 1, 2]
    assert (modest.probabilities(rows).max(axis=1) < sure.probabilities(rows).max(axis=1)).all()


@given(scores=st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=8))
def test_softmax_of_any_scores_sums_to_one(scores: list[float]) -> None:
    shares = softmax(np.array([scores], np.float32))
    assert np.isfinite(shares).all()
    assert float(shares.sum()) == pytest.approx(1, abs=1e-4)


def test_the_temperature_makes_too_sure_a_model_honest() -> None:
    labels = RANDOM.integers(0, 2, size=400)
    # Right three times out of four, and sure of itself every time.
    said_class = np.where(RANDOM.random(400) < 0.75, labels, 1 - labels)
    scores = np.where(np.arange(2) == said_class[:, None], 4.0, 0.0).astype(np.float32)
    temperature = fit_temperature(scores, labels.tolist())
    assert float(softmax(scores / np.float32(temperature)).max(axis=1).mean()) == pytest.approx(0.75, abs=0.04)
    assert temperature > 2


def test_the_temperature_makes_too_modest_a_model_surer() -> None:
    scores = np.eye(4, dtype=np.float32)[[0, 1, 2, 3]]
    assert fit_temperature(scores, [0, 1, 2, 3]) == pytest.approx(0.1)
