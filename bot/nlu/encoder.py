"""The graph component around ``bot.language.encoder``: the sentence embedding of a message, for the ones that follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import structlog
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.language.encoder import SentenceEncoder
from bot.nlu.features import Embedding

__all__ = ["SentenceEmbedding"]

log = structlog.get_logger()


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbedding(GraphComponent):
    """Sets ``embedding`` on each message. Without the encoder's files it sets nothing, and says so once."""

    def __init__(self, encoder: SentenceEncoder | None) -> None:
        """Keep the encoder; None when there is none."""
        self._encoder = encoder

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options: where the encoder's files stand, filled in by ``bot.training``; empty for none."""
        return {"directory": ""}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbedding:
        """Open the encoder.

        Raises:
            EncoderError: if its files are damaged.
        """
        if not config["directory"]:
            log.warning("encoder_missing")
            return cls(None)
        return cls(SentenceEncoder.open(Path(config["directory"])))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Encode all examples in batches."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Encode the text of each message."""
        if self._encoder is not None and messages:
            vectors = self._encoder.encode([message.get("text") or "" for message in messages])
            for message, vector in zip(messages, vectors, strict=True):
                message.set("embedding", Embedding(vector))
        return messages
