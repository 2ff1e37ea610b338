"""The learned crisis check: beside the rules of the gate, for what they do not foresee. It can only raise a level.

The gate (``bot.safety``) runs before Rasa and needs no model; this component runs inside the graph, where the sentence
embedding is at hand, and reports what it finds as part of the understanding.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.errors import ModelError
from bot.language.danger import CALM, Thresholds, find
from bot.language.encoder import SentenceEncoder
from bot.language.texts import TextClassifier
from bot.nlu import storage
from bot.nlu.features import embeddings, plain_text

__all__ = ["LearnedCrisisCheck"]

_FILE = "crisis.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LearnedCrisisCheck(GraphComponent):
    """Adapts ``bot.language.danger`` to Rasa's graph."""

    def __init__(
        self,
        classifier: TextClassifier | None,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        """Keep the classifier, None before training."""
        self._classifier = classifier
        self._config = config
        self._storage = model_storage
        self._resource = resource

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options: where the examples and the encoder stand, filled in by ``bot.training``; strengths; bars."""
        return {
            "examples_dir": "data/safety",
            "encoder_dir": "",
            "embedding_strength": 10.0,
            "character_strength": 20.0,
            "urgent": 0.4,
            "concern": 0.4,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LearnedCrisisCheck:
        """Make an untrained one."""
        return cls(None, config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LearnedCrisisCheck:
        """Read it back.

        Raises:
            ModelError: if it is not what training stored.
        """
        return cls(storage.read(model_storage, resource, _FILE, TextClassifier.read), config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the crisis examples, on what looks like them, and on every ordinary question."""
        directory = Path(self._config["examples_dir"])
        written = [
            (text, name)
            for path in sorted(directory.glob("triggers*.yml"))
            for name, texts in yaml.safe_load(path.read_text("utf-8")).items()
            for text in texts
        ]
        for path in sorted(directory.glob("lookalikes*.yml")):
            written += [(text, CALM) for text in yaml.safe_load(path.read_text("utf-8"))]
        ordinary = training_data.intent_examples
        vectors = embeddings(ordinary)
        if vectors is not None:
            encoder = SentenceEncoder.open(Path(self._config["encoder_dir"]), threads=2)
            vectors = np.vstack([encoder.encode([text for text, _ in written]), vectors])
        self._classifier = TextClassifier.fit(
            [text.lower() for text, _ in written] + [plain_text(example) for example in ordinary],
            vectors,
            [name for _, name in written] + [CALM] * len(ordinary),
            embedding_strength=self._config["embedding_strength"],
            character_strength=self._config["character_strength"],
        )
        storage.write(self._storage, self._resource, _FILE, self._classifier.write)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set ``danger`` on each message: a level and a category, or nothing.

        Raises:
            ModelError: if there is no classifier, or it does not belong to the encoder.
        """
        if self._classifier is None:
            raise ModelError("The crisis check was not trained. Run: python -m bot train")
        if not messages:
            return messages
        shares = self._classifier.probabilities([plain_text(message) for message in messages], embeddings(messages))
        bars = Thresholds(self._config["urgent"], self._config["concern"])
        for message, row in zip(messages, shares, strict=True):
            message.set("danger", find(self._classifier.labels, row, bars))
        return messages
