"""The one sentence that stands in code is the one that stands in the widget, and it is always there."""

from __future__ import annotations

import hashlib
import json

import pytest

from bot.answers.models import Helplines
from bot.answers.repository import Content
from bot.reply import Behaviour, CardPart, Level, from_builtins, to_builtins
from bot.safety.last_resort import LAST_RESORT, LAST_RESORT_ID, last_resort
from bot.settings import ROOT


def test_the_widget_says_the_same() -> None:
    strings = json.loads((ROOT / "bot" / "widget" / "strings.en.json").read_text("utf-8"))
    assert strings["last_resort"] == LAST_RESORT


@pytest.mark.parametrize("level", Level)
def test_it_is_the_whole_reply(level: Level) -> None:
    reply = last_resort(level)
    (card,) = reply.parts
    assert isinstance(card, CardPart)
    assert [sentence.text for sentence in card.sentences] == [LAST_RESORT]
    assert (card.id, card.revision) == (
        LAST_RESORT_ID,
        f"sha256:{hashlib.sha256(LAST_RESORT.encode()).hexdigest()[:12]}",
    )
    assert card.review.status.value == "draft"
    assert from_builtins(to_builtins(reply)) == reply


@pytest.mark.parametrize(
    ("level", "behaviour"),
    [
        (Level.NONE, Behaviour.ERROR),
        (Level.CONCERN, Behaviour.ERROR),
        (Level.CRISIS, Behaviour.CRISIS),
        (Level.EMERGENCY, Behaviour.CRISIS),
    ],
)
def test_it_keeps_the_level_that_the_gate_found(level: Level, behaviour: Behaviour) -> None:
    reply = last_resort(level)
    assert (reply.level, reply.behaviour) == (level, behaviour)


def test_it_begins_with_the_call_and_says_what_speaks() -> None:
    first, second, third = LAST_RESORT.split(". ")
    assert "call your local emergency number now" in first
    assert second == "Lantern is not working at the moment"
    assert third == "I am a chatbot and I cannot call for you."


def test_it_names_the_number_of_every_country_that_is_covered(content: Content) -> None:
    for table in content.of(Helplines):
        numbers = table.emergency.split(" or ") if table.country else []
        assert [number for number in numbers[:1] if number not in LAST_RESORT] == [], table.id


def test_two_replies_are_two_turns() -> None:
    assert last_resort().turn != last_resort().turn
