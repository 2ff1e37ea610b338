"""Judges content before it may be published: what a sentence may not say, and what it must rest on.

The rules are those of the content model (``data/content/README.md`` says them for writers). Every problem carries the
file, the line and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from bot.answers.models import (
    Answer,
    CrisisCard,
    Grade,
    Helplines,
    Interaction,
    Phrase,
    Risk,
    SourceRecord,
    Text,
)
from bot.answers.repository import Content, Problem, line_of
from bot.answers.wording import AMOUNT, numbers_in, reading_grade, word_count
from bot.errors import ContentError
from bot.reply import Behaviour, Evidence, Form, Level, RatingLevel, SentenceKind, Topic

__all__ = ["WordList", "lint"]

MOST_WORDS_IN_A_SENTENCE = 20
MOST_WORDS_IN_AN_ANSWER = 100
MOST_WORDS_IN_AN_INTERACTION = 95
MOST_WORDS_IN_A_DECLINE = 45
MOST_WORDS_IN_A_QUOTE = 25
FEWEST_QUESTIONS = 6
MOST_LINES_IN_A_CRISIS_CARD = 8
# Reading age 13 is about grade 8 (Flesch-Kincaid). A card is judged as a whole: one long drug name is not a hard text.
HIGHEST_GRADE = 8.0
TOKENS = frozenset({"{EMERGENCY}", "{POISON}", "{CRISIS}", "{DRUG}"})

_STRONG = frozenset({Grade.A1, Grade.A})
_FAIR = frozenset({Grade.A2, Grade.B, Grade.S})
_WEAK = frozenset({Grade.C, Grade.D, Grade.P})
_SCREENED_TOPICS = frozenset({Topic.PREGNANCY, Topic.YOUNG_PEOPLE})


@dataclass(frozen=True)
class WordList:
    """Wordings that no sentence may contain, each with what to say instead."""

    entries: tuple[tuple[str, re.Pattern[str], str], ...]

    @classmethod
    def load(cls, path: Path) -> WordList:
        """Read the list.

        Raises:
            ContentError: if it is missing or an expression cannot be compiled.
        """
        try:
            groups: dict[str, dict[str, str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
            return cls(
                tuple(
                    (group, re.compile(rf"\b(?:{pattern})\b"), instead)
                    for group, patterns in groups.items()
                    for pattern, instead in patterns.items()
                )
            )
        except (OSError, re.error, yaml.YAMLError, AttributeError) as error:
            raise ContentError(f"{path.name} cannot be read: it must hold groups of expressions.") from error

    def refuse(self, text: str) -> Iterator[str]:
        """Yield a reason for each refused wording."""
        lowered = text.lower().replace("’", "'")
        for group, pattern, instead in self.entries:
            if found := pattern.search(lowered):
                yield f"{group.replace('_', ' ')}: “{found.group()}” ({instead})"


def lint(content: Content, words: WordList) -> list[Problem]:
    """Return everything that keeps this content from being published, in the order of the files."""
    problems = [
        Problem(_shown(located.path), line_of(located.path, fragment) if fragment else 1, reason)
        for located in content.documents.values()
        for fragment, reason in _judge(located.document, content, words)
    ]
    problems += [
        Problem(_shown(path), line_of(path, fragment) if fragment else 1, reason)
        for document_id, fragment, reason in _across(content)
        for path in (content.documents[document_id].path,)
    ]
    for key, reason in _sources(content.sources):
        path = content.source_files.get(key)
        problems.append(Problem(_shown(path) if path else "sources", line_of(path, f"{key}:") if path else 1, reason))
    for table, key, text in _shared(content):
        problems += [Problem(table, 1, f"{key}: {reason}") for _, reason in _sentence(text, content, words)]
    problems += [
        Problem("tables/signs.yml", 1, f"{key}: a warning sign without a receipt")
        for key, action in content.signs.items()
        for text in action.sentences
        if not text.receipts
    ]
    return sorted(problems, key=lambda problem: (problem.path, problem.line, problem.reason))


Reason = tuple[str, str]


def _shared(content: Content) -> Iterator[tuple[str, str, Text]]:
    """Yield the sentences of the shared tables: file, key, sentence."""
    for key, referral in content.referrals.items():
        yield "tables/referrals.yml", key, referral.sentence
    for key, scale in content.scale.items():
        yield "tables/scale.yml", key, scale.sentence
    for name, table in (("signs", content.signs), ("actions", content.actions)):
        for key, action in table.items():
            yield from ((f"tables/{name}.yml", key, text) for text in action.sentences)


def _judge(document: Any, content: Content, words: WordList) -> Iterator[Reason]:
    # A claim that is rejected may stand in the title of its answer, and nowhere else.
    title = getattr(document, "title", "")
    if title and getattr(document, "topic", None) is not Topic.CLAIM:
        yield from ((title, reason) for reason in words.refuse(title))
    yield from _JUDGES[type(document)](document, content, words)


def _answer(answer: Answer, content: Content, words: WordList) -> Iterator[Reason]:
    declines = answer.behaviour is Behaviour.DECLINE
    for text in answer.sentences:
        yield from _sentence(text, content, words)
        about_itself = declines or answer.topic is Topic.ABOUT_THE_BOT
        if not text.receipts and not (about_itself and text.kind is SentenceKind.ADVICE):
            yield text.text, "a sentence without a receipt"
        if text.receipts:
            yield from _support(text, content, critical=answer.risk is Risk.HIGH)
    if answer.next_step not in content.referrals:
        yield f"next_step: {answer.next_step}", f"next_step {answer.next_step} is not in tables/referrals.yml"
        closing = ""
    else:
        closing = content.referrals[answer.next_step].sentence.text
    total = sum(word_count(text.text) for text in answer.sentences) + word_count(closing)
    most = MOST_WORDS_IN_A_DECLINE if declines else MOST_WORDS_IN_AN_ANSWER
    if total > most:
        yield "", f"{total} words with the next step, at most {most}"
    yield from _readable(" ".join(text.text for text in answer.sentences))
    if len(answer.questions) < FEWEST_QUESTIONS:
        yield "questions:", f"{len(answer.questions)} questions, at least {FEWEST_QUESTIONS}"
    for target in (*answer.more, *answer.then):
        located = content.documents.get(target)
        if not located or not isinstance(located.document, (Answer, Interaction)):
            yield target, f"points to {target}, which is not an answer"
    if declines and not answer.intent:
        yield "behaviour: decline", "a decline names the intent that leads to it"
    if answer.topic is Topic.LEGAL and answer.as_of is None and not declines:
        yield "topic: legal", "an answer about law has an as_of date"
    figures = [text for text in answer.sentences if text.kind is SentenceKind.DOSE_FIGURE]
    if figures:
        whole = " ".join(text.text.lower() for text in answer.sentences)
        if Form.LEAF not in answer.forms or len(answer.forms) != 1:
            yield "forms:", "a dose_figure is told for leaf alone: forms: [leaf]"
        if answer.topic in _SCREENED_TOPICS:
            yield figures[0].text, f"no amounts under {answer.topic.value}"
        if "not recommended" not in whole and "not a recommendation" not in whole:
            yield figures[0].text, "a dose_figure needs “reported, not recommended” beside it"
        if not any(text.kind is SentenceKind.WARNING for text in answer.sentences):
            yield figures[0].text, "a dose_figure needs a warning of how much products differ beside it"
    for text in answer.sentences:
        if text.kind is not SentenceKind.DOSE_FIGURE and AMOUNT.search(text.text) and not declines:
            yield text.text, "an amount with a unit is a dose_figure"


def _interaction(entry: Interaction, content: Content, words: WordList) -> Iterator[Reason]:
    for text in entry.why:
        yield from _sentence(text, content, words)
        if not text.receipts and text.kind is not SentenceKind.ADVICE:
            yield text.text, "a sentence without a receipt"
        yield from _support(text, content, critical=False)
    if entry.evidence is not Evidence.NONE_FOUND and not any(text.receipts for text in entry.why):
        yield "why:", "no receipt although the badge says that evidence was found"
    sets = [("signs", key, content.signs) for key in entry.signs] + [
        ("actions", key, content.actions) for key in entry.actions
    ]
    spoken = [text.text for text in entry.why]
    for name, key, table in sets:
        if key in table:
            spoken += [text.text for text in table[key].sentences]
        else:
            yield key, f"{key} is not in tables/{name}.yml"
    if not entry.actions:
        yield "actions:", "an interaction says what to do"
    if (total := sum(word_count(text) for text in spoken)) > MOST_WORDS_IN_AN_INTERACTION:
        yield "", f"{total} words with signs and actions, at most {MOST_WORDS_IN_AN_INTERACTION}"
    if entry.level is RatingLevel.RESCUE and entry.substance_class != "rescue":
        yield "level:", "only naloxone is a rescue"


def _crisis(card: CrisisCard, content: Content, words: WordList) -> Iterator[Reason]:
    opening = " ".join(text.text for text in card.opening)
    for text in (*card.opening, *card.lines):
        yield from _sentence(text, content, words, most_words=MOST_WORDS_IN_A_SENTENCE + 5)
    if len(card.lines) > MOST_LINES_IN_A_CRISIS_CARD:
        yield "lines:", f"{len(card.lines)} lines, at most {MOST_LINES_IN_A_CRISIS_CARD}"
    if card.level is Level.EMERGENCY and (not card.opening or "{EMERGENCY}" not in card.opening[0].text):
        yield "opening:", "the first line of an emergency is the call"
    if card.level is Level.CRISIS and not any(token in opening for token in TOKENS):
        yield "opening:", "a crisis card opens with whom to contact"
    if card.level in {Level.EMERGENCY, Level.CRISIS} and "chatbot" not in opening.lower():
        yield "opening:", "a crisis card says “I am a chatbot” before its lines"
    spoken = [text.text for text in (*card.opening, *card.lines)]
    if card.question:
        spoken += [card.question.prompt, *(link.label for link in card.question.choices)]
        yield from (
            (text, reason) for text in spoken[-1 - len(card.question.choices) :] for reason in words.refuse(text)
        )
        for link in card.question.choices:
            kind, _, target = link.to.partition(":")
            if kind in {"card", "phrase", "answer"} and target not in content.documents:
                yield link.to, f"a button leads to {target}, which does not exist"
    for said in spoken:
        if AMOUNT.search(said) or _AMOUNT_IN_WORDS.search(said):
            yield said, "no amount of any kind in a crisis card"
        for number in re.findall(r"(?<![\d-])(?<!\d )\d{3}(?![\d-])(?! \d)", said):
            yield said, f"{number} looks like one country's number: use a token"


_AMOUNT_IN_WORDS = re.compile(
    r"\b(?:half|one|two|three|four|five|six|seven|eight|nine|ten|a few|several) "
    r"(?:milli)?(?:grams?|capsules?|tablets?|spoons?)\b",
    re.IGNORECASE,
)


def _helplines(table: Helplines, content: Content, words: WordList) -> Iterator[Reason]:
    denied = {_plain_number(number) for number in content.denied_numbers}
    for number in _numbers_of(table.emergency, table.poison_say, table.crisis_say, table.drug_say):
        if _plain_number(number) in denied:
            yield "_say:", f"{number} is on the deny list"
    if not table.emergency:
        yield "emergency:", "a country has an emergency number"
    for row in table.lines:
        for number in _numbers_of(row.phone, row.text, row.name, row.hours):
            if _plain_number(number) in denied:
                yield row.id, f"{number} is on the deny list"
        if not (row.phone or row.text or row.webchat):
            yield row.id, f"{row.id} has no way to reach it"
    if len({row.id for row in table.lines}) != len(table.lines):
        yield "lines:", "two lines share an id"


def _phrase(phrase: Phrase, content: Content, words: WordList) -> Iterator[Reason]:
    for text in phrase.sentences:
        yield from _sentence(text, content, words)


_JUDGES: Mapping[type[Any], Callable[[Any, Content, WordList], Iterator[Reason]]] = MappingProxyType(
    {Answer: _answer, Interaction: _interaction, CrisisCard: _crisis, Helplines: _helplines, Phrase: _phrase}
)


def _sentence(
    text: Text, content: Content, words: WordList, most_words: int = MOST_WORDS_IN_A_SENTENCE
) -> Iterator[Reason]:
    if (count := word_count(text.text)) > most_words:
        yield text.text, f"{count} words in a sentence, at most {most_words}"
    for reason in words.refuse(text.text):
        yield text.text, reason
    for token in re.findall(r"\{[^}]*\}?", text.text):
        if token not in TOKENS:
            yield text.text, f"{token} is not a token that is filled in"
    for number in re.findall(r"\+?\d[\d\s().-]{5,}\d", text.text):
        yield text.text, f"{number.strip()} looks like a phone number: numbers stand in helplines/ alone"
    missing = [receipt for receipt in text.receipts if receipt not in content.sources]
    if missing:
        yield text.text, f"receipt {missing[0]} is not in sources/"
        return
    known = (
        set().union(*(_numbers_behind(content.sources[receipt]) for receipt in text.receipts))
        if text.receipts
        else set()
    )
    for number in numbers_in(text.text) - known:
        if text.receipts or text.kind is SentenceKind.FACT:
            yield text.text, f"the number {number} does not stand in the quote or the fact behind it"


def _numbers_behind(source: SourceRecord) -> set[str]:
    return numbers_in(" ".join((source.fact, source.quote, *source.more_quotes, source.date, source.kind)))


def _support(text: Text, content: Content, *, critical: bool) -> Iterator[Reason]:
    # One paper named twice is one paper.
    grades = [content.sources[receipt].grade for receipt in dict.fromkeys(text.receipts) if receipt in content.sources]
    if not grades:
        return
    if len(grades) < 2 and grades[0] in _WEAK:
        yield text.text, "rests on a source of grade C, D or P alone"
    fair = sum(grade in _FAIR for grade in grades)
    if critical and fair < 2 and not _STRONG.intersection(grades) and not _attributed(text.text):
        yield text.text, "a safety-critical sentence needs one A1 or A, or two of A2, B (or it says who reported it)"


_ATTRIBUTION = re.compile(
    r"\b(?:study|studies|survey|surveys|review|report|reports|reported|researchers?|experts?|people said|in one|poison|"
    r"coroners?|trials?|cases?|guideline|FDA|WHO|CDC|DEA|NHS|NICE|agency|officials?|asked|found|tests?|20\d\d|scientists|doctors|calls?)\b",
    re.IGNORECASE,
)


def _attributed(text: str) -> bool:
    """Tell whether a sentence says who found it; a single A2 or B then stands as what they reported, not as advice."""
    return bool(_ATTRIBUTION.search(text))


def _readable(text: str) -> Iterator[Reason]:
    if text and (grade := reading_grade(text)) > HIGHEST_GRADE:
        yield "", f"reading grade {grade:.1f}, at most {HIGHEST_GRADE:.1f}: shorter words, shorter sentences"


def _across(content: Content) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong between documents: shared questions, shared names."""
    owners: dict[str, str] = {}
    for answer in content.of(Answer):
        for question in answer.questions:
            key = " ".join(re.findall(r"\w+", question.lower()))
            if key in owners:
                yield answer.id, question, f"shares the question “{question}” with {owners[key]}"
            owners.setdefault(key, answer.id)
    unclear = {name for entry in content.of(Interaction) for name in entry.ambiguous}
    for entry in content.of(Interaction):
        for name in (name for generic, others in entry.substances.items() for name in (generic, *others)):
            if name in unclear:
                yield entry.id, name, f"{name} is ambiguous in another entry: put it under ambiguous here too"
    tables = {document.id: document for document in content.of(Helplines)}
    if "helplines.unknown" not in tables:
        yield next(iter(content.documents)), "", "helplines.unknown is missing: what is said when no country is known"


def _sources(sources: Mapping[str, SourceRecord]) -> Iterator[Reason]:
    for key, source in sources.items():
        if not source.url.startswith(("https://", "http://")):
            yield key, f"{key} has no link"
        if not source.quote or word_count(source.quote) > MOST_WORDS_IN_A_QUOTE:
            yield key, f"{key}: a quote has 1 to {MOST_WORDS_IN_A_QUOTE} words"


def _numbers_of(*fields: str) -> Iterator[str]:
    """Yield the telephone numbers that stand in fields: runs of digits with the signs that people put between them."""
    for value in fields:
        yield from re.findall(r"[+(]?\d(?:[\s().-]*\d)+", value)


def _plain_number(number: str) -> str:
    """Return a number as it is compared: its digits, without the 1 that North America dials first."""
    digits = "".join(character for character in number if character.isdigit())
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


def _shown(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[parts.index("content") - 1 :]) if "content" in parts else path.name
