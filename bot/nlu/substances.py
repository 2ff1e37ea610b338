"""The graph component around ``bot.language.substances``: every substance of a message as an entity, none lost."""

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

from bot.answers.models import Interaction
from bot.answers.repository import load
from bot.language.encoder import words_of
from bot.language.substances import CONCENTRATE, KRATOM, Lexicon, Match, form_of
from bot.nlu import storage
from bot.reply import Value
from bot.turn import Found

__all__ = ["SubstanceExtractor"]

_FILE = "lexicon.json"


class _Stored(Value, frozen=True):
    forms: dict[str, Found]
    ordinary: tuple[str, ...]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SubstanceExtractor(GraphComponent):
    """Finds substances and the product form. Its names are those of the interaction table at training time."""

    def __init__(
        self, lexicon: Lexicon, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Keep the names and where they are stored."""
        self._lexicon = lexicon
        self._config = config
        self._storage = model_storage
        self._resource = resource

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the options, filled in by ``bot.training``: where the content and the encoder's words stand."""
        return {"content_dir": "data/content", "encoder_dir": ""}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SubstanceExtractor:
        """Make an untrained one."""
        return cls(Lexicon({}), config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SubstanceExtractor:
        """Read the names back."""
        return cls(storage.read(model_storage, resource, _FILE, _read), config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Take the names from the interaction table."""
        content = load(Path(self._config["content_dir"]))
        directory = self._config["encoder_dir"]
        language = words_of(Path(directory)) if directory else ()
        self._lexicon = Lexicon.of(content.of(Interaction), language)
        stored = _Stored(dict(self._lexicon.forms), tuple(sorted(self._lexicon.ordinary)))
        storage.write(self._storage, self._resource, _FILE, lambda path: _write(path, stored))
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Mark the training examples too: the classifier reads names as kinds, not as letters."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add an entity for each name, and the text with names replaced by what kind of thing they are."""
        for message in messages:
            text = message.get("text") or ""
            matches = self._lexicon.find(text)
            entities = [
                {
                    "entity": "substance",
                    "start": match.start,
                    "end": match.end,
                    "value": match.name.name,
                    "entries": list(match.name.entries),
                    "ambiguous": match.name.ambiguous,
                    "extractor": "SubstanceExtractor",
                }
                for match in matches
            ]
            form = form_of(text)
            message.set("entities", [*message.get("entities", []), *entities], add_to_output=True)
            message.set("form", form.value if form else None, add_to_output=True)
            message.set("masked_text", _masked(text, matches))
        return messages


def _read(path: Path) -> Lexicon:
    stored = msgspec.json.decode(path.read_bytes(), type=_Stored)
    return Lexicon(stored.forms, frozenset(stored.ordinary))


def _write(path: Path, stored: _Stored) -> None:
    path.write_bytes(msgspec.json.encode(stored))


def _masked(text: str, matches: list[Match]) -> str:
    """Return the text with ``zkratom`` and ``zother`` in place of names, so that a new brand reads like a known one."""
    pieces: list[str] = []
    at = 0
    for match in matches:
        pieces += [text[at : match.start], "zkratom" if match.name.name in {KRATOM, CONCENTRATE} else "zother"]
        at = match.end
    return "".join([*pieces, text[at:]]).lower()
