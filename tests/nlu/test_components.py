"""Each graph component as Rasa uses it: made, trained, stored, loaded, and the same afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.errors import ModelError
from bot.nlu.classifier import LinearIntentClassifier
from bot.nlu.fallback import TieredFallback
from bot.nlu.ranking import AnswerRanking
from bot.nlu.substances import SubstanceExtractor
from bot.settings import ROOT

CONTEXT = ExecutionContext(GraphSchema({}))
PHRASES = {
    "dosing": ["how long does it last", "when does it wear off", "how soon does it start", "how long till it peaks"],
    "sleep": ["does it help me sleep", "i cannot sleep at night", "sleep gets worse with it", "sleeping after it"],
    "legal": ["is it legal here", "which states banned it", "is it against the law", "legal status please"],
    "out_of_scope": ["what is the weather", "write a poem", "who won the game", "bake some bread"],
}


def training_data() -> TrainingData:
    examples = []
    for intent, texts in PHRASES.items():
        for text in texts:
            about = {"answer": f"kratom.{intent}.one", "risk": "low", "declines": False}
            extra: dict[str, Any] = {} if intent == "out_of_scope" else {"example_metadata": about}
            examples.append(Message.build(text, intent, **extra))
    return TrainingData(examples)


@pytest.mark.parametrize("kind", [SubstanceExtractor, LinearIntentClassifier, AnswerRanking])
def test_a_component_says_the_same_after_it_was_stored_and_loaded(kind: Any, tmp_path: Path) -> None:
    storage, resource = LocalModelStorage(tmp_path), Resource("component")
    config = {**kind.get_default_config(), "content_dir": str(ROOT / "data" / "content")}
    trained = kind.create(config, storage, resource, CONTEXT)
    trained.train(training_data())
    loaded = kind.load(config, storage, resource, CONTEXT)
    for text in ("how long does xanax last", "is it legal", "", "x" * 1000):
        one, other = (Message({"text": text, "intents": {"dosing": 0.6, "legal": 0.4}}) for _ in range(2))
        trained.process([one])
        loaded.process([other])
        assert {k: v for k, v in one.data.items() if k != "intents"} == {
            k: v for k, v in other.data.items() if k != "intents"
        }


def test_every_substance_of_a_message_becomes_an_entity(tmp_path: Path) -> None:
    storage, resource = LocalModelStorage(tmp_path), Resource("component")
    config = {**SubstanceExtractor.get_default_config(), "content_dir": str(ROOT / "data" / "content")}
    extractor = SubstanceExtractor.create(config, storage, resource, CONTEXT)
    extractor.train(training_data())
    message = Message({"text": "kratom with alprazolam and alcohol"})
    extractor.process([message])
    assert [entity["value"] for entity in message.get("entities")] == ["kratom", "alprazolam", "alcohol"]
    assert message.get("masked_text") == "zkratom with zother and zother"


@pytest.mark.parametrize("kind", [LinearIntentClassifier, AnswerRanking])
def test_an_untrained_component_refuses_to_guess(kind: Any, tmp_path: Path) -> None:
    component = kind.create(kind.get_default_config(), LocalModelStorage(tmp_path), Resource("component"), CONTEXT)
    with pytest.raises(ModelError, match="was not trained"):
        component.process([Message({"text": "hello"})])


def test_the_fallback_turns_scores_into_a_routing_intent(tmp_path: Path) -> None:
    fallback = TieredFallback.create({}, LocalModelStorage(tmp_path), Resource("component"), CONTEXT)
    message = Message({"text": "x", "intents": {"out_of_scope": 0.9}, "answer_ranking": [], "entities": []})
    fallback.process([message])
    assert message.get("intent") == {"name": "unknown", "confidence": 0.9}
    assert message.get("understanding")["route"] == "unknown"
