"""A small folder of content that the linter passes, for tests to break; and builders for single documents."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import msgspec

from bot.answers.localise import UNKNOWN_COUNTRY
from bot.answers.models import (
    Action,
    Answer,
    Checked,
    CrisisCard,
    Grade,
    HelplineCategory,
    HelplineRow,
    Helplines,
    Interaction,
    Phrase,
    Referral,
    Risk,
    Scale,
    SourceRecord,
    Text,
)
from bot.answers.release import Release, build
from bot.answers.repository import Content, Document, Located
from bot.reply import Category, Evidence, Level, RatingLevel, SentenceKind, Topic

CHECKED = "checked: {by: maintainers, on: 2026-11-21, role: source_check}\n"
QUESTIONS = """questions:
  - {0} one
  - {0} two
  - {0} three
  - {0} four
  - {0} five
  - {0} six
"""

FILES = {
    "answers/dosing/strength.yml": (
        """id: kratom.dosing.strength
topic: dosing
risk: high
title: How strong a powder is
"""
        + QUESTIONS.format("how strong is it")
        + """sentences:
  - text: In one test of shop powders, the strongest had 16 times as much as the weakest.
    receipts: [S-1]
    kind: fact
  - text: A label can be wrong, so no spoon is like the next.
    receipts: [S-1]
    kind: warning
next_step: pharmacist
more: [kratom.dosing.reported]
"""
        + CHECKED
    ),
    "answers/dosing/reported.yml": (
        """id: kratom.dosing.reported
topic: dosing
risk: high
title: What people said they took
"""
        + QUESTIONS.format("what do people say")
        + """sentences:
  - text: In one survey, people said they took about 5 g of leaf.
    receipts: [S-2, S-1]
    kind: dose_figure
  - text: This was reported, and it is not recommended.
    receipts: [S-2, S-1]
    kind: fact
  - text: One bag can be much stronger than the next.
    receipts: [S-1]
    kind: warning
forms: [leaf]
next_step: pharmacist
"""
        + CHECKED
    ),
    "answers/legal/here.yml": (
        """id: kratom.legal.here
topic: legal
risk: medium
title: What the law says
"""
        + QUESTIONS.format("is it legal")
        + """sentences:
  - text: Some states have banned it.
    receipts: [S-4]
    kind: fact
as_of: 2026-11-01
next_step: pharmacist
"""
        + CHECKED
    ),
    "answers/about_the_bot/who.yml": (
        """id: kratom.about_the_bot.who
topic: about_the_bot
risk: low
title: Who I am
"""
        + QUESTIONS.format("who are you")
        + """sentences:
  - text: I am a chatbot, not a person.
    kind: advice
next_step: pharmacist
"""
        + CHECKED
    ),
    "declines/amount.yml": (
        """id: decline.amount
topic: dosing
risk: high
behaviour: decline
intent: personal_amount
title: No amounts for you
"""
        + QUESTIONS.format("how much for me")
        + """sentences:
  - text: I do not say how much to take.
    kind: advice
next_step: pharmacist
then: [kratom.dosing.strength]
"""
        + CHECKED
    ),
    "interactions/KI-1.yml": (
        """id: KI-1
title: Kratom with sleeping pills
said: sleeping pills
class: sedative
level: serious
evidence: case_reports
substances:
  dozepam: [dozy, sleepers]
ambiguous: [blues]
why:
  - text: Both can slow your breathing.
    receipts: [S-1]
    kind: warning
signs: [W1]
actions: [A1]
"""
        + CHECKED
    ),
    "interactions/KI-2.yml": (
        """id: KI-2
title: Kratom with nosuchdrug
said: nosuchdrug
class: other
level: unknown
evidence: none_found
substances:
  nosuchdrug: []
why:
  - text: Nobody has looked at this mix.
    kind: advice
signs: []
actions: [A1]
"""
        + CHECKED
    ),
    "crisis/overdose_now.emergency.yml": (
        """id: crisis.overdose_now.emergency
category: overdose_now
level: emergency
title: What to do now
opening:
  - text: Call {EMERGENCY} now.
    kind: warning
  - text: I am a chatbot and cannot call for you.
    kind: advice
lines:
  - {text: Stay with them., kind: warning}
  - {text: Roll them on their side., kind: warning}
  - {text: Watch their breathing., kind: warning}
helplines: [emergency, poison]
question:
  prompt: Are they breathing?
  choices:
    - {label: 'Yes', to: 'phrase:phrase.error'}
    - {label: 'No', to: 'card:crisis.overdose_now.emergency'}
"""
        + CHECKED
    ),
    "crisis/suicide.crisis.yml": (
        """id: crisis.suicide.crisis
category: suicide
level: crisis
title: Please talk to a person now
opening:
  - text: Please contact {CRISIS} now.
    kind: warning
  - text: I am a chatbot, and you deserve a person.
    kind: advice
lines:
  - {text: Be near someone you trust., kind: advice}
helplines: [crisis, emergency]
"""
        + CHECKED
    ),
    "helplines/US.yml": (
        """id: helplines.US
country: US
name: United States
emergency: '911'
poison_say: Poison Help
crisis_say: '988'
drug_say: the national helpline
lines:
  - id: us.911
    category: emergency
    name: Emergency services
    phone: '911'
    source_url: https://example.org/911
    as_of: '2026'
    grade: A
    always_open: true
  - id: us.988
    category: crisis
    name: Lifeline
    phone: '988'
    source_url: https://example.org/988
    as_of: '2026'
    grade: A
"""
        + CHECKED
    ),
    "helplines/unknown.yml": (
        """id: helplines.unknown
country: ''
name: Another country
emergency: your local emergency number
poison_say: a poison centre
crisis_say: a crisis line
drug_say: a drug helpline
lines: []
"""
        + CHECKED
    ),
    "helplines/deny.txt": "# Numbers that are never shown.\n0800 689 1234  # invented\n1-800-273-8255  # replaced\n",
    "phrases/error.yml": (
        """id: phrase.error
sentences:
  - text: If somebody is in danger, call {EMERGENCY}.
    kind: warning
  - text: Something went wrong on my side.
    kind: advice
"""
        + CHECKED
    ),
    "sources/all.yml": """S-1:
  fact: A regulator says strength varies 16 times, and that labels can be wrong.
  title: Labels
  publisher: A regulator
  date: '2024'
  url: https://example.org/1
  quote: the strongest product held 16 times the alkaloid of the weakest
  grade: A1
  kind: regulator
  read_on: '2026-11-21'
S-2:
  fact: In a survey of 1,800 people the usual amount was 5 g of leaf.
  title: Survey
  publisher: A journal
  date: '2023'
  url: https://example.org/2
  quote: the usual amount was five grams
  grade: B
  kind: survey
  read_on: '2026-11-21'
S-3:
  fact: One vendor says it is strong.
  title: Shop
  publisher: A vendor
  date: '2022'
  url: https://example.org/3
  quote: it is strong
  grade: C
  kind: vendor
  read_on: '2026-11-21'
S-4:
  fact: Some states have banned it.
  title: Law
  publisher: A journal
  date: '2025'
  url: https://example.org/4
  quote: some states have banned it
  grade: A2
  kind: review
  read_on: '2026-11-21'
""",
    "tables/scale.yml": "".join(
        f"{level}:\n  word: {level}\n  sentence: {{text: {said}, kind: warning}}\n"
        for level, said in (
            ("dangerous", "Do not mix these."),
            ("serious", "Avoid this mix."),
            ("caution", "Ask before you mix these."),
            ("unknown", "Nobody has checked this mix."),
            ("rescue", "Give it in an emergency."),
        )
    ),
    "tables/signs.yml": """W1:
  sentences:
    - {text: "Hard to wake: call {EMERGENCY} now.", receipts: [S-1], kind: warning}
""",
    "tables/actions.yml": """A1:
  sentences:
    - {text: "Do not be alone.", kind: advice}
""",
    "tables/referrals.yml": """pharmacist:
  sentence: {text: "Next step: ask a pharmacist.", kind: advice}
  helplines: [emergency, crisis]
""",
    "tables/words.yml": """stigma:
  "addicts?": person who uses
safety_claim:
  "safe (to|for|dose)": never calls anything safe
""",
}


def write(directory: Path, **changes: str) -> Path:
    """Write the folder and return it. ``changes``: more files, or other text for one, by path."""
    folder = directory / "data" / "content"
    for name, text in {**FILES, **changes}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def said(text: str, kind: SentenceKind = SentenceKind.FACT, *receipts: str) -> Text:
    """Return one sentence."""
    return Text(text, receipts, kind)


def changed(value: Any, **fields: Any) -> Any:
    """Return a copy of a frozen value with other fields."""
    return msgspec.structs.replace(value, **fields)


def checked(on: datetime.date = datetime.date(2026, 11, 21)) -> Checked:
    """Return the mark of a second reader."""
    return Checked("maintainers", on, "source_check")


def answer(name: str = "one", *sentences: Text, **fields: Any) -> Answer:
    """Return an answer, by default about side effects in one sentence."""
    values: dict[str, Any] = {
        "id": f"kratom.side_effects.{name}",
        "topic": Topic.SIDE_EFFECTS,
        "risk": Risk.MEDIUM,
        "title": f"About {name}",
        "questions": (f"what about {name}",),
        "sentences": sentences or (said(f"This is what is known about {name}.", SentenceKind.FACT, "S-1"),),
        "next_step": "pharmacist",
        "checked": checked(),
    }
    return Answer(**{**values, **fields})


def interaction(name: str = "dozepam", **fields: Any) -> Interaction:
    """Return an interaction entry for one substance."""
    values: dict[str, Any] = {
        "id": f"KI-{name}",
        "title": f"Kratom with {name}",
        "said": name,
        "substance_class": "other",
        "level": RatingLevel.CAUTION,
        "evidence": Evidence.NONE_FOUND,
        "substances": {name: ()},
        "why": (said(f"Nobody has looked at {name}.", SentenceKind.ADVICE),),
        "signs": (),
        "actions": ("A1",),
        "checked": checked(),
    }
    return Interaction(**{**values, **fields})


def crisis_card(
    category: Category = Category.OVERDOSE_NOW, level: Level = Level.EMERGENCY, **fields: Any
) -> CrisisCard:
    """Return a crisis card of one opening line and one line more."""
    values: dict[str, Any] = {
        "id": f"crisis.{category.value}.{level.value}",
        "category": category,
        "level": level,
        "title": "What to do now",
        "opening": (
            said(f"Call {{EMERGENCY}} about {category.value}.", SentenceKind.WARNING),
            said("I am a chatbot.", SentenceKind.ADVICE),
        ),
        "lines": (said(f"Stay, it is {category.value}.", SentenceKind.WARNING),),
        "helplines": (HelplineCategory.EMERGENCY,),
        "checked": checked(),
    }
    return CrisisCard(**{**values, **fields})


def phrase(name: str, text: str = "", **fields: Any) -> Phrase:
    """Return one of the bot's own phrases."""
    sentences = (said(text or f"The phrase {name}.", SentenceKind.ADVICE),)
    return Phrase(**{"id": f"phrase.{name}", "sentences": sentences, "checked": checked(), **fields})


def row(name: str, category: HelplineCategory, **fields: Any) -> HelplineRow:
    """Return one helpline with a phone number that belongs to nobody."""
    values: dict[str, Any] = {
        "id": name,
        "category": category,
        "name": f"The line {name}",
        "source_url": "https://example.org/lines",
        "as_of": "2026",
        "grade": "A",
        "phone": "555 0100",
    }
    return HelplineRow(**{**values, **fields})


def helplines(country: str = "US", *rows: HelplineRow, **fields: Any) -> Helplines:
    """Return the table of a country, or with an empty code the one for an unknown country."""
    known = bool(country)
    values: dict[str, Any] = {
        "id": f"helplines.{country}" if known else UNKNOWN_COUNTRY,
        "country": country,
        "name": f"The land of {country}" if known else "Another country",
        "emergency": f"the {country} number" if known else "your local emergency number",
        "poison_say": f"poison {country}".strip(),
        "crisis_say": f"crisis {country}".strip(),
        "drug_say": f"drug {country}".strip(),
        "lines": rows,
        "checked": checked(),
    }
    return Helplines(**{**values, **fields})


def source(**fields: Any) -> SourceRecord:
    """Return a source of the best grade."""
    values: dict[str, Any] = {
        "fact": "It is so.",
        "title": "A page",
        "publisher": "A regulator",
        "date": "2024",
        "url": "https://example.org/1",
        "quote": "it is so",
        "grade": Grade.A1,
        "kind": "regulator",
        "read_on": "2026-11-21",
    }
    return SourceRecord(**{**values, **fields})


def content(*documents: Document) -> Content:
    """Return content of these documents, with a table for an unknown country and one of each small text."""
    every = {document.id: document for document in (helplines(""), *documents)}
    return Content(
        documents={name: Located(document, Path(f"{name}.yml")) for name, document in every.items()},
        sources={"S-1": source()},
        scale={level.value: Scale(level.value, said(f"The level is {level.value}.")) for level in RatingLevel},
        signs={"W1": Action((said("Hard to wake.", SentenceKind.WARNING),))},
        actions={"A1": Action((said("Do not be alone.", SentenceKind.ADVICE),))},
        referrals={
            "pharmacist": Referral(said("Next step: ask a pharmacist.", SentenceKind.ADVICE), (HelplineCategory.DRUG,))
        },
        denied_numbers=(),
    )


def released(*documents: Document) -> Release:
    """Return a release of these documents."""
    return build(content(*documents))
