"""The reply contract, version 1: one structure for every channel.

A Reply is data. Channels render it, tests and counters read it, and the guard checks that every sentence in it stands
in the loaded release. The JSON Schema served at ``/v1/schema`` is generated from these classes.
"""

from __future__ import annotations

import secrets
from enum import Enum
from typing import Any, Final, Literal

import msgspec

from bot.safety.levels import Category, Level

__all__ = [
    "CONTRACT",
    "Behaviour",
    "CardPart",
    "Category",
    "Choice",
    "ChoicesPart",
    "Evidence",
    "Form",
    "Helpline",
    "HelplinesPart",
    "Level",
    "Part",
    "Rating",
    "RatingLevel",
    "Reply",
    "Review",
    "Sentence",
    "SentenceKind",
    "Source",
    "Status",
    "Topic",
    "Understood",
    "from_builtins",
    "json_schema",
    "new_turn",
    "to_builtins",
    "to_json",
]

CONTRACT: Final = 1


class Behaviour(str, Enum):
    """What the bot did in this turn."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    DECLINE = "decline"
    REFER = "refer"
    CRISIS = "crisis"
    SMALLTALK = "smalltalk"
    UNKNOWN = "unknown"
    ERROR = "error"


class Topic(str, Enum):
    """What an answer is about. Adding one is a new contract version."""

    DOSING = "dosing"
    INTERACTION = "interaction"
    WITHDRAWAL = "withdrawal"
    DEPENDENCE = "dependence"
    OVERDOSE = "overdose"
    SIDE_EFFECTS = "side_effects"
    PAIN = "pain"
    SLEEP = "sleep"
    PREGNANCY = "pregnancy"
    YOUNG_PEOPLE = "young_people"
    DRUG_TEST = "drug_test"
    DRIVING = "driving"
    LEGAL = "legal"
    PRODUCT_QUALITY = "product_quality"
    MECHANISM = "mechanism"
    CLAIM = "claim"
    GET_HELP = "get_help"
    HELPING_A_FRIEND = "helping_a_friend"
    ABOUT_THE_BOT = "about_the_bot"


class Form(str, Enum):
    """The kind of kratom product that somebody named."""

    LEAF = "leaf"
    EXTRACT = "extract"
    SEVEN_OH = "7oh"


class SentenceKind(str, Enum):
    """What a sentence does; renderers never drop a warning."""

    FACT = "fact"
    ADVICE = "advice"
    WARNING = "warning"
    DOSE_FIGURE = "dose_figure"


class RatingLevel(str, Enum):
    """How bad a mix can be. There is deliberately no green."""

    DANGEROUS = "dangerous"
    SERIOUS = "serious"
    CAUTION = "caution"
    UNKNOWN = "unknown"
    RESCUE = "rescue"


class Evidence(str, Enum):
    """How sure anybody is of a rating."""

    CLINICAL_STUDY = "clinical_study"
    CASE_REPORTS = "case_reports"
    MECHANISM_ONLY = "mechanism_only"
    NONE_FOUND = "none_found"


class Status(str, Enum):
    """Where a revision stands in its life, see the content model."""

    DRAFT = "draft"
    SOURCE_CHECKED = "source_checked"
    APPROVED = "approved"


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen value that refuses unknown fields when it is decoded."""


class Sentence(Value, frozen=True):
    """One reviewed sentence and the ids of the sources that say so."""

    text: str
    receipts: tuple[str, ...]
    kind: SentenceKind


class Source(Value, frozen=True):
    """What a receipt points to."""

    id: str
    title: str
    publisher: str
    date: str
    url: str
    quote: str


class Rating(Value, frozen=True):
    """The level of an interaction, and how sure it is."""

    level: RatingLevel
    evidence: Evidence


class Review(Value, frozen=True):
    """Who looked at a card, and until when that holds."""

    status: Status
    reviewers: tuple[str, ...]
    checked: str
    due: str


class CardPart(Value, frozen=True, tag="card"):
    """A piece of one published revision."""

    id: str
    revision: str
    title: str
    sentences: tuple[Sentence, ...]
    sources: tuple[Source, ...]
    review: Review
    rating: Rating | None = None


class Helpline(Value, frozen=True):
    """One row of the helpline table, as shown."""

    id: str
    name: str
    phone: str
    text: str
    hours: str
    who_answers: str
    verified: bool


class HelplinesPart(Value, frozen=True, tag="helplines"):
    """At most three lines for one country; ``country`` is empty when it is not known."""

    country: str
    lines: tuple[Helpline, ...]


class Choice(Value, frozen=True):
    """A button: an opaque id and what it says."""

    id: str
    label: str


class ChoicesPart(Value, frozen=True, tag="choices"):
    """One question and its buttons."""

    prompt: str
    choices: tuple[Choice, ...]


Part = CardPart | HelplinesPart | ChoicesPart


class Understood(Value, frozen=True):
    """What was understood, so that the person can see a misunderstanding."""

    substances: tuple[str, ...] = ()
    form: Form | None = None


class Reply(Value, frozen=True):
    """What comes back for one turn, on every channel."""

    turn: str
    level: Level
    behaviour: Behaviour
    parts: tuple[Part, ...]
    category: Category | None = None
    topic: Topic | None = None
    language: str = "en"
    understood: Understood = Understood()
    contract: Literal[1] = CONTRACT


def new_turn() -> str:
    """Return a fresh turn id, which names nothing and nobody."""
    return f"t_{secrets.token_hex(8)}"


def to_builtins(reply: Reply) -> dict[str, Any]:
    """Return the reply as plain dictionaries and lists, ready for JSON."""
    return msgspec.to_builtins(reply)  # type: ignore[no-any-return]


def to_json(reply: Reply) -> bytes:
    """Return the reply as JSON."""
    return msgspec.json.encode(reply)


def from_builtins(data: Any) -> Reply:
    """Read a reply back.

    Raises:
        msgspec.ValidationError: if the data is not a Reply of this contract.
    """
    return msgspec.convert(data, Reply)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a Reply."""
    return msgspec.json.schema(Reply)
