"""The reply contract, version 1: what goes out can be read back, and nothing else can."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import reply as module
from bot.reply import (
    Behaviour,
    CardPart,
    Category,
    Choice,
    ChoicesPart,
    Evidence,
    Form,
    Helpline,
    HelplinesPart,
    Level,
    Rating,
    RatingLevel,
    Reply,
    Review,
    Sentence,
    SentenceKind,
    Source,
    Status,
    Topic,
    Understood,
    from_builtins,
    json_schema,
    new_turn,
    to_builtins,
    to_json,
)

CARD = CardPart(
    id="KI-020",
    revision="sha256:0123456789ab",
    title="A title",
    sentences=(Sentence("A sentence.", ("S-1",), SentenceKind.WARNING),),
    sources=(Source("S-1", "A page", "A regulator", "2024", "https://example.org", "a quote"),),
    review=Review(Status.SOURCE_CHECKED, (), "2026-11-21", "2027-05-20"),
    rating=Rating(RatingLevel.DANGEROUS, Evidence.CASE_REPORTS),
)
REPLY = Reply(
    turn="t_0123456789abcdef",
    level=Level.CONCERN,
    behaviour=Behaviour.ANSWER,
    category=Category.DANGEROUS_MIX,
    topic=Topic.INTERACTION,
    understood=Understood(("kratom", "alprazolam"), Form.EXTRACT),
    parts=(
        CARD,
        HelplinesPart("US", (Helpline("us.988", "Lifeline", "988", "988", "24/7", "counsellors", verified=False),)),
        ChoicesPart("More?", (Choice("c_1", "One"),)),
    ),
)


def test_a_reply_in_json_is_the_one_of_the_contract() -> None:
    assert json.loads(to_json(REPLY)) == {
        "contract": 1,
        "turn": "t_0123456789abcdef",
        "level": "concern",
        "behaviour": "answer",
        "category": "dangerous_mix",
        "topic": "interaction",
        "language": "en",
        "understood": {"substances": ["kratom", "alprazolam"], "form": "extract"},
        "parts": [
            {
                "type": "card",
                "id": "KI-020",
                "revision": "sha256:0123456789ab",
                "title": "A title",
                "sentences": [{"text": "A sentence.", "receipts": ["S-1"], "kind": "warning"}],
                "rating": {"level": "dangerous", "evidence": "case_reports"},
                "sources": [
                    {"id": "S-1", "title": "A page", "publisher": "A regulator", "date": "2024",
                     "url": "https://example.org", "quote": "a quote"}
                ],
                "review": {"status": "source_checked", "reviewers": [], "checked": "2026-11-21", "due": "2027-05-20"},
            },
            {
                "type": "helplines",
                "country": "US",
                "lines": [
                    {"id": "us.988", "name": "Lifeline", "phone": "988", "text": "988", "hours": "24/7",
                     "who_answers": "counsellors", "verified": False}
                ],
            },
            {"type": "choices", "prompt": "More?", "choices": [{"id": "c_1", "label": "One"}]},
        ],
    }  # fmt: skip


def test_the_two_ways_out_are_the_same() -> None:
    assert json.loads(to_json(REPLY)) == json.loads(json.dumps(to_builtins(REPLY)))


def test_a_reply_is_read_back_as_it_went_out() -> None:
    assert from_builtins(to_builtins(REPLY)) == from_builtins(json.loads(to_json(REPLY))) == REPLY


def test_what_may_be_missing_is_missing_in_both_directions() -> None:
    bare = Reply(turn="t_1", level=Level.NONE, behaviour=Behaviour.UNKNOWN, parts=())
    assert from_builtins(to_builtins(bare)) == bare
    assert from_builtins({"turn": "t_1", "level": "none", "behaviour": "unknown", "parts": []}) == bare


def broken(*path: str | int, value: Any) -> dict[str, Any]:
    data = copy.deepcopy(json.loads(to_json(REPLY)))
    place = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return data  # type: ignore[no-any-return]


BROKEN = {
    "an unknown field": broken("colour", value="red"),
    "an unknown field of a card": broken("parts", 0, "html", value="<b>"),
    "an unknown field of a sentence": broken("parts", 0, "sentences", 0, "page", value=3),
    "an unknown level": broken("level", value="mild"),
    "an unknown category": broken("category", value="boredom"),
    "an unknown topic": broken("topic", value="recipes"),
    "an unknown behaviour": broken("behaviour", value="joke"),
    "an unknown kind": broken("parts", 0, "sentences", 0, "kind", value="opinion"),
    "a green rating": broken("parts", 0, "rating", "level", value="safe"),
    "an unknown part": broken("parts", 0, "type", value="video"),
    "a part of no type": broken("parts", 0, value={"id": "x"}),
    "another contract": broken("contract", value=2),
    "a sentence without receipts": broken("parts", 0, "sentences", 0, value={"text": "x", "kind": "fact"}),
    "parts that are no list": broken("parts", value={}),
    "a turn that is a number": broken("turn", value=1),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_reply_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        from_builtins(data)


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_the_schema_refuses_it_too(data: dict[str, Any]) -> None:
    assert list(jsonschema.Draft7Validator(json_schema()).iter_errors(data)) != []


def test_the_schema_lets_the_contract_through() -> None:
    schema = json.loads(json.dumps(json_schema()))
    jsonschema.Draft7Validator.check_schema(schema)
    assert list(jsonschema.Draft7Validator(schema).iter_errors(json.loads(to_json(REPLY)))) == []


def test_the_schema_names_every_value_of_the_contract() -> None:
    definitions = json_schema()["$defs"]
    for kind in (Behaviour, Category, Evidence, Form, Level, RatingLevel, SentenceKind, Status, Topic):
        assert sorted(definitions[kind.__name__]["enum"]) == sorted(one.value for one in kind)


def test_the_values_are_those_of_contract_version_one() -> None:
    assert [topic.value for topic in Topic] == [
        "dosing", "interaction", "withdrawal", "dependence", "overdose", "side_effects", "pain", "sleep", "pregnancy",
        "young_people", "drug_test", "driving", "legal", "product_quality", "mechanism", "claim", "get_help",
        "helping_a_friend", "about_the_bot",
    ]  # fmt: skip
    assert [category.value for category in Category] == [
        "overdose_now", "suicide", "self_harm", "withdrawal_danger", "seizure", "chest_pain", "allergic_reaction",
        "child_swallowed", "pregnancy", "minor", "violence", "driving", "dangerous_mix",
    ]  # fmt: skip
    assert [behaviour.value for behaviour in Behaviour] == [
        "answer", "clarify", "decline", "refer", "crisis", "smalltalk", "unknown", "error",
    ]  # fmt: skip
    assert [level.value for level in RatingLevel] == ["dangerous", "serious", "caution", "unknown", "rescue"]
    assert module.CONTRACT == 1


def test_levels_are_compared_by_how_urgent_they_are() -> None:
    assert sorted(Level, key=lambda level: level.rank) == [Level.NONE, Level.CONCERN, Level.CRISIS, Level.EMERGENCY]


def test_every_category_has_its_place_in_the_order_of_replies() -> None:
    assert sorted(category.reply_order for category in Category) == list(range(len(Category)))


def test_a_reply_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        REPLY.level = Level.NONE  # type: ignore[misc]


def test_a_turn_names_nothing_and_nobody() -> None:
    turns = {new_turn() for _ in range(100)}
    assert len(turns) == 100
    assert all(re.fullmatch(r"t_[0-9a-f]{16}", turn) for turn in turns)


def test_every_public_name_is_there() -> None:
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@given(text=st.text(max_size=200))
def test_any_text_survives_the_way_out_and_back(text: str) -> None:
    card = msgspec.structs.replace(CARD, title=text, sentences=(Sentence(text, (text,), SentenceKind.FACT),))
    reply = msgspec.structs.replace(REPLY, parts=(card,))
    try:
        sent = to_json(reply)
    except UnicodeEncodeError:
        # Half of a surrogate pair is no character; no content file can hold one.
        assert any("\ud800" <= character <= "\udfff" for character in text)
        return
    assert from_builtins(json.loads(sent)) == reply
