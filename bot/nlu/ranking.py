"""The graph component around ``bot.language.ranking``: which answer a message asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.errors import ModelError
from bot.language.decide import SMALLTALK
from bot.language.ranking import NONE, OUT_OF_SCOPE, Entry, rank
from bot.language.texts import TextClassifier
from bot.nlu import storage
from bot.nlu.features import embeddings, masked_text

__all__ = ["AnswerRanking"]

_CLASSIFIER = "answers.npz"
_ENTRIES = "entries.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class AnswerRanking(GraphComponent):
    """Learns the questions that came with an answer's id (``bot.training``), and ranks the answers for a message."""

    def __init__(
        self,
        classifier: TextClassifier | None,
        entries: dict[str, Entry],
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        """Keep the classifier, None before training."""
        self._classifier = classifier
        self._entries = entries
        self._config = config
        self._storage = model_storage
        self._resource = resource

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the strengths (scikit-learn's C), and how much the intent counts against the classifier."""
        return {"embedding_strength": 20.0, "character_strength": 30.0, "intent_weight": 0.5}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> AnswerRanking:
        """Make an untrained one."""
        return cls(None, {}, config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> AnswerRanking:
        """Read it back.

        Raises:
            ModelError: if it is not what training stored.
        """
        classifier = storage.read(model_storage, resource, _CLASSIFIER, TextClassifier.read)
        entries = storage.read(model_storage, resource, _ENTRIES, _read_entries)
        return cls(classifier, entries, config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the examples that belong to an answer, and on what belongs to none."""
        examples = [
            example
            for example in training_data.training_examples
            if _about(example) or example.get("intent") in {OUT_OF_SCOPE, *SMALLTALK}
        ]
        self._entries = {
            about["answer"]: Entry(about["answer"], about["risk"], example.get("intent"), about["declines"])
            for example in examples
            if (about := _about(example))
        }
        self._classifier = TextClassifier.fit(
            [masked_text(example) for example in examples],
            embeddings(examples),
            [_about(example).get("answer", NONE) for example in examples],
            embedding_strength=self._config["embedding_strength"],
            character_strength=self._config["character_strength"],
            with_characters=False,
        )
        storage.write(self._storage, self._resource, _CLASSIFIER, self._classifier.write)
        storage.write(self._storage, self._resource, _ENTRIES, lambda path: _write_entries(path, self._entries))
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the ranking of each message.

        Raises:
            ModelError: if there is no classifier, or it does not belong to the encoder.
        """
        if self._classifier is None:
            raise ModelError("The answer ranking was not trained. Run: python -m bot train")
        if not messages:
            return messages
        texts = [masked_text(message) for message in messages]
        for message, shares in zip(messages, self._classifier.probabilities(texts, embeddings(messages)), strict=True):
            ranking = rank(
                self._classifier.labels, shares, self._entries, message.get("intents"), self._config["intent_weight"]
            )
            message.set("answer_ranking", ranking)
        return messages


def _about(message: Message) -> dict[str, Any]:
    found: dict[str, Any] = (message.get("metadata") or {}).get("example") or {}
    return found


def _read_entries(path: Path) -> dict[str, Entry]:
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Entry])


def _write_entries(path: Path, entries: dict[str, Entry]) -> None:
    path.write_bytes(msgspec.json.encode(entries))
