"""The last component: turns scores into one decision, and the decision into a routing intent."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from bot.language.decide import Thresholds, decide
from bot.reply import Category, Form
from bot.turn import Found

__all__ = ["TieredFallback"]

THRESHOLDS = Path(__file__).with_name("thresholds.yml")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class TieredFallback(GraphComponent):
    """Answers, asks, declines or says that it does not know, by thresholds for each risk tier."""

    def __init__(self, thresholds: Thresholds) -> None:
        """Keep the thresholds."""
        self._thresholds = thresholds

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TieredFallback:
        """Read the thresholds."""
        return cls(msgspec.convert(yaml.safe_load(THRESHOLDS.read_text("utf-8"))["thresholds"], Thresholds))

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str:
        """Return the thresholds' digest, so that a changed file is not served from Rasa's training cache."""
        return hashlib.sha256(THRESHOLDS.read_bytes()).hexdigest()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the understanding, and the routing intent in place of the classifier's."""
        for message in messages:
            context = (message.get("metadata") or {}).get("context", {})
            form = message.get("form")
            understood = decide(
                message.get("intents"),
                message.get("answer_ranking"),
                [
                    Found(entity["value"], tuple(entity["entries"]), entity["ambiguous"])
                    for entity in _distinct(message.get("entities", []))
                ],
                Form(form) if form else None,
                self._thresholds,
                mixing=context.get("category") == Category.DANGEROUS_MIX.value,
            )
            understood = msgspec.structs.replace(understood, danger=message.get("danger"))
            message.set("understanding", msgspec.to_builtins(understood), add_to_output=True)
            message.set("intent", {"name": understood.route, "confidence": understood.confidence}, add_to_output=True)
        return messages


def _distinct(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep one entity a substance, in the order of the message."""
    return list({entity["value"]: entity for entity in reversed(entities)}.values())[::-1]
