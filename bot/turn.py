"""The values that one turn hands from room to room: what was understood, what is known, what comes out."""

from __future__ import annotations

import datetime

from bot.reply import Category, Form, Level, Reply, Value
from bot.settings import DoseFigures, Profile

__all__ = ["Context", "Danger", "Draft", "Found", "Meaning", "Ranked", "State", "Understanding"]


class Meaning(Value, frozen=True):
    """What a choice stands for: ``answer``, ``more``, ``country``, ``card``, ``mix`` or ``topic``, and its value."""

    kind: str
    value: str


class State(Value, frozen=True):
    """What is kept between turns. Every field is an id, a verdict or a count; none can hold a person's words."""

    turns: int = 0
    country: str = ""
    level: Level = Level.NONE
    concern_turns: int = 0
    category: Category | None = None
    last: tuple[str, ...] = ()
    misses: int = 0
    choices: dict[str, Meaning] = {}


class Danger(Value, frozen=True):
    """What the learned crisis check found in a message."""

    level: Level
    category: Category
    confidence: float


class Found(Value, frozen=True):
    """A substance in a message: its plain name, and the interaction entries that it belongs to.

    ``ambiguous``: the name may mean any one of the entries; otherwise it belongs to all of them.
    """

    name: str
    entries: tuple[str, ...] = ()
    ambiguous: bool = False


class Ranked(Value, frozen=True):
    """An answer and how likely it is the one that was asked for, 0 to 1."""

    id: str
    score: float


class Understanding(Value, frozen=True):
    """What the NLU graph made of a message.

    ``route`` is what to do with it (one of the routing intents of the domain), ``intent`` what it is about.
    """

    route: str
    intent: str
    confidence: float
    answers: tuple[Ranked, ...] = ()
    substances: tuple[Found, ...] = ()
    form: Form | None = None
    kratom: bool = False
    danger: Danger | None = None


class Context(Value, frozen=True):
    """What a reply depends on besides the message itself."""

    turn: str
    today: datetime.date
    country: str = ""
    countries: tuple[str, ...] = ()
    level: Level = Level.NONE
    category: Category | None = None
    profile: Profile = Profile.DEMO
    dose_figures: DoseFigures = DoseFigures.SHOW
    also: tuple[Category, ...] = ()
    last: tuple[str, ...] = ()
    misses: int = 0


class Draft(Value, frozen=True):
    """A reply, and what its choices stand for."""

    reply: Reply
    meanings: dict[str, Meaning] = {}
