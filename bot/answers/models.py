"""The schemas of everything under ``data/content/``: what a writer may put into a file.

Each file is one document (sources, signs, actions and the like are tables of small ones). Unknown keys, missing keys
and ill-typed values are refused when a file is read; what a document *says* is judged by ``bot.answers.linter``.
"""

from __future__ import annotations

import datetime
from enum import Enum

import msgspec

from bot.reply import Behaviour, Category, Evidence, Form, Level, RatingLevel, SentenceKind, Topic, Value

__all__ = [
    "Action",
    "Answer",
    "Checked",
    "CrisisCard",
    "Grade",
    "HelplineCategory",
    "HelplineRow",
    "Helplines",
    "Interaction",
    "Link",
    "Phrase",
    "Question",
    "Referral",
    "Risk",
    "Scale",
    "SourceRecord",
    "Text",
]


class Risk(str, Enum):
    """How much harm a wrong sentence could do; it sets how long a check holds."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Grade(str, Enum):
    """How good a source is. The letters of the three evidence files are not interchangeable, see ``evidence/README``.

    A1, A2: official body, peer-reviewed. A: guideline, regulator, systematic review. B: second-hand or cohort.
    C, D, P: survey or vendor, single case or opinion, animal. S: a source of the interaction table.
    """

    A1 = "A1"
    A2 = "A2"
    A = "A"
    B = "B"
    C = "C"
    D = "D"
    P = "P"
    S = "S"


class SourceRecord(Value, frozen=True):
    """A fact, and the page where somebody read it."""

    fact: str
    title: str
    publisher: str
    date: str
    url: str
    quote: str
    grade: Grade
    kind: str
    read_on: str
    more_quotes: tuple[str, ...] = ()


class Text(Value, frozen=True):
    """One sentence of ours, with the ids of the sources that say so."""

    text: str
    receipts: tuple[str, ...] = ()
    kind: SentenceKind = SentenceKind.FACT


class Checked(Value, frozen=True):
    """Who held each sentence against its source, and when. Never the writer."""

    by: str
    on: datetime.date
    role: str


class Answer(Value, frozen=True):
    """A reviewed answer, or (``behaviour: decline``) a reviewed refusal with its reason."""

    id: str
    topic: Topic
    risk: Risk
    title: str
    questions: tuple[str, ...]
    sentences: tuple[Text, ...]
    next_step: str
    substance: str = "kratom"
    forms: tuple[Form, ...] = ()
    behaviour: Behaviour = Behaviour.ANSWER
    intent: str | None = None
    then: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    as_of: datetime.date | None = None
    checked: Checked | None = None


class Interaction(Value, frozen=True):
    """Kratom with one class of substances: level, evidence, reasons, signs and what to do."""

    id: str
    title: str
    said: str
    substance_class: str = msgspec.field(name="class")
    level: RatingLevel
    evidence: Evidence
    substances: dict[str, tuple[str, ...]]
    why: tuple[Text, ...]
    signs: tuple[str, ...]
    actions: tuple[str, ...]
    ambiguous: tuple[str, ...] = ()
    checked: Checked | None = None


class Action(Value, frozen=True):
    """A reusable set of sentences: warning signs (W1 …) or what to do (A1 …)."""

    sentences: tuple[Text, ...]


class Scale(Value, frozen=True):
    """The word and the one sentence of an interaction level."""

    word: str
    sentence: Text


class Referral(Value, frozen=True):
    """A person or service to turn to, and the kinds of helpline that go with it."""

    sentence: Text
    helplines: tuple[HelplineCategory, ...] = ()


class Phrase(Value, frozen=True):
    """The bot's own words: greetings, apologies, prompts. States no fact about drugs."""

    id: str
    sentences: tuple[Text, ...]
    title: str = ""
    checked: Checked | None = None


class Link(Value, frozen=True):
    """A choice in a crisis card: its label and what it leads to, ``card:ID``, ``country:CC`` or ``answer:ID``."""

    label: str
    to: str


class Question(Value, frozen=True):
    """One question with buttons."""

    prompt: str
    choices: tuple[Link, ...]


class HelplineCategory(str, Enum):
    """What a line is for."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"
    CRISIS_TEXT = "crisis_text"
    POISON = "poison"
    DRUG = "drug"
    OVERDOSE_SPOTTING = "overdose_spotting"
    YOUTH = "youth"
    VIOLENCE = "violence"
    HEALTH_ADVICE = "health_advice"
    PREGNANCY = "pregnancy"


class CrisisCard(Value, frozen=True):
    """The fixed text for one category at one level. Never rewritten, shortened or translated at run time."""

    id: str
    category: Category
    level: Level
    title: str
    opening: tuple[Text, ...]
    lines: tuple[Text, ...]
    helplines: tuple[HelplineCategory, ...]
    question: Question | None = None
    checked: Checked | None = None

    def spoken(self) -> tuple[Text, ...]:
        """Return the card as it is shown: the opening, then the lines with their numbers."""
        if len(self.lines) < 2:
            return (*self.opening, *self.lines)
        numbered = (
            msgspec.structs.replace(line, text=f"{number}. {line.text}")
            for number, line in enumerate(self.lines, start=1)
        )
        return (*self.opening, *numbered)


class HelplineRow(Value, frozen=True):
    """One number, with where and when it was read. ``verified`` only after somebody has called it."""

    id: str
    category: HelplineCategory
    name: str
    source_url: str
    as_of: str
    grade: str
    phone: str = ""
    text: str = ""
    webchat: str = ""
    hours: str = ""
    cost: str = ""
    who_answers: str = ""
    always_open: bool = False
    verified: bool = False


class Helplines(Value, frozen=True):
    """The helpline table of one country. ``emergency_say`` is how its emergency number stands in a sentence."""

    id: str
    country: str
    name: str
    emergency: str
    poison_say: str
    crisis_say: str
    drug_say: str
    lines: tuple[HelplineRow, ...]
    checked: Checked | None = None
