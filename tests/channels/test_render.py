"""Plain text for a terminal: nothing that warns is lost, and every choice has its number."""

from __future__ import annotations

import datetime
import itertools

from bot.answers import compose
from bot.answers.models import Answer, CrisisCard, Interaction
from bot.answers.release import Release
from bot.channels.render import plain_text
from bot.reply import (
    Behaviour,
    CardPart,
    Choice,
    ChoicesPart,
    Evidence,
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
)
from bot.safety.last_resort import LAST_RESORT, last_resort
from bot.turn import Context, Understanding

CARD = CardPart(
    id="kratom.a",
    revision="sha256:0",
    title="A title",
    sentences=(
        Sentence("A fact.", ("S-1", "S-2"), SentenceKind.FACT),
        Sentence("A warning.", (), SentenceKind.WARNING),
    ),
    sources=(Source("S-1", "A page", "A regulator", "2024", "https://example.org/1", "quote"),),
    review=Review(Status.SOURCE_CHECKED, (), "2026-11-21", "2027-05-20"),
)
LINES = HelplinesPart("GB", (Helpline("gb.1", "Line", "116 123", "text 85258", "24/7", "volunteers", verified=False),))
CHOICES = ChoicesPart("More?", (Choice("c_1", "One"), Choice("c_2", "Two")))


def reply(*parts: CardPart | HelplinesPart | ChoicesPart) -> Reply:
    return Reply("t_1", Level.NONE, Behaviour.ANSWER, parts)


def flat(text: str) -> str:
    """Return a text as one line, as if it had not been wrapped."""
    return " ".join(text.split())


def solid(text: str) -> str:
    """Return a text without its blanks: a line may also break after a hyphen."""
    return "".join(text.split())


def test_a_reply_is_cards_then_lines_then_numbered_choices() -> None:
    assert plain_text(reply(CARD, LINES, CHOICES)) == (
        "A TITLE\n"
        "  A fact. [S-1, S-2]\n"
        "! A warning.\n"
        "  S-1: A page. A regulator 2024\n"
        "  (source_checked 2026-11-21)\n"
        "\n"
        "  Line  ·  116 123  ·  text 85258  ·  24/7\n"
        "\n"
        "More?\n"
        "  1. One\n"
        "  2. Two"
    )


def test_how_bad_and_how_sure_stand_above_a_mix() -> None:
    rated = CardPart(
        id="KI-1",
        revision="",
        title="Kratom with x",
        sentences=CARD.sentences[:1],
        sources=(),
        review=CARD.review,
        rating=Rating(RatingLevel.DANGEROUS, Evidence.CASE_REPORTS),
    )
    assert plain_text(reply(rated)) == "KRATOM WITH X\n[dangerous | case reports]\n  A fact. [S-1, S-2]"


def test_choices_are_numbered_through_all_the_parts() -> None:
    assert plain_text(reply(CHOICES, CHOICES)).splitlines()[-2:] == ["  3. One", "  4. Two"]


def test_a_long_sentence_is_wrapped_and_loses_nothing() -> None:
    long = " ".join(f"word{number}" for number in range(60))
    card = CardPart("a", "", "", (Sentence(long, ("S-1",), SentenceKind.WARNING),), (), CARD.review)
    text = plain_text(reply(card))
    assert max(map(len, text.splitlines())) <= 88
    assert flat(text) == f"! {long} [S-1]"


def test_a_line_without_a_phone_leaves_no_hole() -> None:
    part = HelplinesPart("", (Helpline("x", "Page", "", "", "24/7", "", verified=False),))
    assert plain_text(reply(part)) == "  Page  ·  24/7"


def test_the_sentence_of_last_resort_is_shown_whole() -> None:
    assert flat(plain_text(last_resort())) == f"! {LAST_RESORT}"


def test_no_sentence_of_any_bundled_answer_is_lost(release: Release) -> None:
    context = Context(turn="t_1", today=datetime.date(2026, 11, 22), country="GB", countries=("GB",))
    understood = Understanding("answer", "x", 1.0)
    answers = [compose.answer(release, context, understood, [one.id]) for one in release.of(Answer)]
    mixes = [compose.pair(release, context, understood, one.id) for one in release.of(Interaction)]
    crises = [
        compose.crisis(release, Context("t_1", context.today, "GB", level=one.level, category=one.category))
        for one in release.of(CrisisCard)
    ]
    for draft in itertools.chain(answers, mixes, crises):
        text = solid(plain_text(draft.reply))
        for part in draft.reply.parts:
            if isinstance(part, CardPart):
                for sentence in part.sentences:
                    mark = "! " if sentence.kind is SentenceKind.WARNING else ""
                    assert solid(mark + sentence.text) in text
            elif isinstance(part, HelplinesPart):
                assert all(solid(line.phone) in text and solid(line.text) in text for line in part.lines)
            else:
                assert all(solid(choice.label) in text for choice in part.choices)
