"""The graph component of the intent classifier: two linear models, on the embedding and on character pieces, averaged."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.errors import ModelError
from bot.language.texts import TextClassifier
from bot.nlu import storage
from bot.nlu.features import embeddings, masked_text

__all__ = ["LinearIntentClassifier"]

_FILE = "intents.npz"
RANKED = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent):
    """Adapts ``bot.language.intents`` to Rasa's graph."""

    def __init__(
        self, model: TextClassifier | None, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Keep the model, None before training."""
        self._model = model
        self._config = config
        self._storage = model_storage
        self._resource = resource

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the strengths (scikit-learn's C) of the two models."""
        return {"embedding_strength": 20.0, "character_strength": 30.0}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
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
    ) -> LinearIntentClassifier:
        """Read the arrays back and check their digest.

        Raises:
            ModelError: if they are not what training stored.
        """
        return cls(storage.read(model_storage, resource, _FILE, TextClassifier.read), config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example that has an intent."""
        examples = training_data.intent_examples
        self._model = TextClassifier.fit(
            [masked_text(example) for example in examples],
            embeddings(examples),
            [example.get("intent") for example in examples],
            embedding_strength=self._config["embedding_strength"],
            character_strength=self._config["character_strength"],
        )
        storage.write(self._storage, self._resource, _FILE, self._model.write)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent and the ranking of each message.

        Raises:
            ModelError: if the model was trained with embeddings and there are none, or the other way round.
        """
        if self._model is None:
            raise ModelError("The intent classifier was not trained. Run: python -m bot train")
        if not messages:
            return messages
        rows = self._model.probabilities([masked_text(message) for message in messages], embeddings(messages))
        for message, row in zip(messages, rows, strict=True):
            order = np.argsort(-row)
            ranking = [{"name": self._model.labels[i], "confidence": float(row[i])} for i in order]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[:RANKED], add_to_output=True)
            message.set("intents", {one["name"]: one["confidence"] for one in ranking})
        return messages
