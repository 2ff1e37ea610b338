"""What the model learns from: no crisis in it, no example twice, nothing of the held-out sets."""

from __future__ import annotations

import json
import re
from collections import defaultdict

import pytest
import yaml

from bot.answers.models import Answer
from bot.answers.repository import Content
from bot.safety.assess import assess
from bot.safety.levels import Level
from bot.safety.rules import Rules
from bot.settings import ROOT
from bot.training import intent_of, written_examples


def plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


@pytest.fixture(scope="module")
def examples(content: Content) -> list[tuple[str, str]]:
    """Every example of an intent: written ones, and the questions of the answers."""
    intents = {answer.id: intent_of(answer) for answer in content.of(Answer)}
    found = list(written_examples(ROOT / "data" / "nlu"))
    found += [(intents[answer.id], question) for answer in content.of(Answer) for question in answer.questions]
    for path in sorted((ROOT / "data" / "questions").glob("*.yml")):
        for answer_id, questions in yaml.safe_load(path.read_text("utf-8")).items():
            found += [(intents[answer_id], question) for question in questions]
    return found


def crisis_examples() -> list[str]:
    folder = ROOT / "data" / "safety"
    triggers = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("triggers*.yml"))]
    lookalikes = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(folder.glob("lookalikes*.yml"))]
    urgent = [text for file in triggers for texts in file.values() for text in texts]
    return urgent + [text for file in lookalikes for text in file]


def held_out() -> list[str]:
    texts: list[str] = []
    for name in ("questions/heldout.jsonl", "safety/heldout.jsonl"):
        for line in (ROOT / "tests" / "data" / name).read_text("utf-8").splitlines():
            case = json.loads(line)
            texts += case.get("turns", [case.get("text")])
    return texts


def test_no_example_stands_under_two_intents(examples: list[tuple[str, str]]) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for intent, text in examples:
        owners[plain(text) or text].add(intent)
    assert {text: sorted(intents) for text, intents in owners.items() if len(intents) > 1} == {}


def test_no_ordinary_example_is_a_crisis(examples: list[tuple[str, str]], rules: Rules) -> None:
    """An out-of-scope class fed with crisis messages would swallow them."""
    alarming = [text for _, text in examples if assess(text, (), rules).level.rank >= Level.CRISIS.rank]
    assert alarming == []


def test_every_topic_intent_has_sixty_examples(examples: list[tuple[str, str]]) -> None:
    counts: dict[str, int] = defaultdict(int)
    for intent, _ in examples:
        counts[intent] += 1
    smalltalk_and_declines = {i for i in counts if i.startswith("decline_")} | {
        "frustration", "goodbye", "greet", "more", "repeat", "thanks", "yes_no",
    }  # fmt: skip
    assert {i: n for i, n in counts.items() if n < 60 and i not in smalltalk_and_declines} == {}


def test_nothing_held_out_is_trained_on(examples: list[tuple[str, str]]) -> None:
    trained = {plain(text) for _, text in examples} | {plain(text) for text in crisis_examples()}
    # Two words ("not breathing") are nobody's invention; from four words on a copy is a copy.
    assert [text for text in held_out() if len(plain(text).split()) >= 4 and plain(text) in trained] == []
