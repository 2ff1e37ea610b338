"""The last look at a reply: every word in it stands in the loaded release, or it does not leave."""

from __future__ import annotations

import datetime

import pytest

from bot.answers import compose
from bot.answers.models import Answer, HelplineCategory, Link, Question
from bot.answers.release import Release
from bot.reply import (
    Behaviour,
    CardPart,
    Category,
    Choice,
    ChoicesPart,
    Evidence,
    Helpline,
    HelplinesPart,
    Level,
    Part,
    Rating,
    RatingLevel,
    Reply,
    Sentence,
    SentenceKind,
)
from bot.safety.guard import MOST_PARTS, Guard
from bot.safety.last_resort import LAST_RESORT, last_resort
from bot.turn import Context, Understanding
from tests.answers.documents import answer, changed, crisis_card, helplines, interaction, phrase, released, row, said

ANSWER = answer("one", said("Call {EMERGENCY}, it is known.", SentenceKind.FACT, "S-1"), said("Nobody knows more."))
CARD = crisis_card(
    question=Question(
        "Are you safe?", (Link("Yes", "phrase:phrase.error"), Link("No", "card:crisis.overdose_now.emergency"))
    )
)
RELEASE = released(
    ANSWER,
    CARD,
    interaction(),
    phrase("error"),
    phrase("more-prompt", "More?"),
    phrase("country-question", "Where are you?"),
    helplines("US", row("us.drug", HelplineCategory.DRUG), emergency="911"),
    helplines("GB", row("gb.drug", HelplineCategory.DRUG), emergency="999"),
)
GUARD = Guard(RELEASE)
CONTEXT = Context(turn="t_1", today=datetime.date(2026, 11, 22), country="US", countries=("US", "GB"))
REPLY = compose.answer(RELEASE, CONTEXT, Understanding("answer", "x", 1.0), [ANSWER.id]).reply
CRISIS = compose.crisis(RELEASE, changed(CONTEXT, level=Level.EMERGENCY, category=Category.OVERDOSE_NOW)).reply


def card(reply: Reply = REPLY) -> CardPart:
    return next(part for part in reply.parts if isinstance(part, CardPart))


def with_card(found: CardPart, *more: Part) -> Reply:
    return changed(REPLY, parts=(found, *more))  # type: ignore[no-any-return]


def saying(*texts: str) -> Reply:
    return with_card(changed(card(), sentences=tuple(Sentence(text, (), SentenceKind.FACT) for text in texts)))


def test_a_reply_of_the_release_passes() -> None:
    assert GUARD.violations(REPLY) == []
    assert GUARD.violations(CRISIS) == []


def test_a_sentence_may_be_left_out() -> None:
    assert GUARD.violations(saying("Nobody knows more.")) == []


@pytest.mark.parametrize(
    "text",
    [
        "A little is fine.",
        "Nobody knows more",
        "nobody knows more.",
        "Nobody knows more. ",
        "Nobody knows more. Take it.",
        "",
        "Call 000, it is known.",
        "Call  911, it is known.",
        "The phrase error.",
        LAST_RESORT,
    ],
)
def test_a_sentence_that_is_not_that_answers_does_not_pass(text: str) -> None:
    assert GUARD.violations(saying(text)) == [f"unreviewed:{ANSWER.id}"]


def test_one_wrong_sentence_among_right_ones_is_enough() -> None:
    assert GUARD.violations(saying("Nobody knows more.", "A little is fine.")) == [f"unreviewed:{ANSWER.id}"]


@pytest.mark.parametrize("number", ["911", "999", "your local emergency number"])
def test_a_sentence_may_carry_the_number_of_any_country_of_the_release(number: str) -> None:
    assert GUARD.violations(saying(f"Call {number}, it is known.")) == []


def test_a_sentence_of_another_revision_does_not_pass() -> None:
    newer = Guard(released(changed(ANSWER, title="Newer")))
    assert newer.violations(REPLY)[0] == f"unreviewed:{ANSWER.id}"


@pytest.mark.parametrize(("field", "value"), [("id", "kratom.gone"), ("revision", "sha256:0"), ("id", "phrase.error")])
def test_a_card_under_another_name_does_not_pass(field: str, value: str) -> None:
    found = changed(card(), **{field: value})
    assert GUARD.violations(with_card(found)) == [f"unreviewed:{found.id}"]


@pytest.mark.parametrize(
    "parts", [(), (changed(card(), sentences=()),), (HelplinesPart("US", ()),), (ChoicesPart("More?", ()),)]
)
def test_a_reply_that_says_nothing_does_not_pass(parts: tuple[Part, ...]) -> None:
    assert GUARD.violations(changed(REPLY, parts=parts)) == ["empty"]


def test_three_parts_pass_and_four_do_not() -> None:
    assert MOST_PARTS == 3
    assert GUARD.violations(changed(REPLY, parts=(card(),) * 3)) == []
    assert GUARD.violations(changed(REPLY, parts=(card(),) * 4)) == ["too_many_parts"]


def test_helplines_are_no_part_of_the_count() -> None:
    assert GUARD.violations(changed(REPLY, parts=(card(), card(), card(), HelplinesPart("US", ())))) == []


def line(name: str) -> HelplinesPart:
    return HelplinesPart("US", (Helpline(name, "The line", "555 0100", "", "", "", verified=False),))


def test_a_helpline_that_is_in_no_table_does_not_pass() -> None:
    assert GUARD.violations(with_card(card(), line("us.invented"))) == ["helpline:us.invented"]


@pytest.mark.parametrize(
    ("prompt", "label", "expected"),
    [
        ("More?", "About one", []),
        ("More?", "Kratom with dozepam", []),
        ("Where are you?", "The land of GB", []),
        ("Are you safe?", "No", []),
        ("More?", "Buy it here", ["unreviewed_choice"]),
        ("Click!", "About one", ["unreviewed_choice"]),
        ("Click!", "Buy it here", ["unreviewed_choice"] * 2),
    ],
)
def test_a_button_says_only_what_was_reviewed(prompt: str, label: str, expected: list[str]) -> None:
    assert GUARD.violations(with_card(card(), ChoicesPart(prompt, (Choice("c_1", label),)))) == expected


@pytest.mark.parametrize("level", [Level.CRISIS, Level.EMERGENCY])
def test_no_answer_stands_in_a_crisis_reply(level: Level) -> None:
    assert GUARD.violations(changed(REPLY, level=level)) == [f"answer_in_crisis:{ANSWER.id}"]


@pytest.mark.parametrize("level", [Level.NONE, Level.CONCERN])
def test_an_answer_stands_in_any_other_reply(level: Level) -> None:
    assert GUARD.violations(changed(REPLY, level=level)) == []


@pytest.mark.parametrize("level", Level)
def test_the_sentence_of_last_resort_always_passes(level: Level) -> None:
    assert GUARD.violations(last_resort(level)) == []
    assert Guard(released()).violations(last_resort(level)) == []


def test_nothing_else_passes_as_the_sentence_of_last_resort() -> None:
    found = last_resort()
    changed_card = changed(card(found), sentences=(Sentence("All is well.", (), SentenceKind.WARNING),))
    assert GUARD.violations(changed(found, parts=(changed_card,))) == ["unreviewed:last_resort"]


def test_an_apology_of_the_release_passes() -> None:
    reply = compose.notice(RELEASE, CONTEXT, "phrase.error", Behaviour.ERROR).reply
    assert GUARD.violations(reply) == []


def test_what_one_release_says_is_not_what_another_says(release: Release) -> None:
    for document in list(release.of(Answer))[::20]:
        reply = compose.answer(release, CONTEXT, Understanding("answer", "x", 1.0), [document.id]).reply
        assert GUARD.violations(reply) != []


def test_a_title_that_was_not_reviewed_does_not_pass() -> None:
    assert GUARD.violations(with_card(changed(card(), title="A little is fine"))) != []


def test_a_phone_number_that_is_not_the_lines_does_not_pass() -> None:
    found = Helpline("us.drug", "The line", "0800 689 1234", "", "", "", verified=False)
    assert GUARD.violations(with_card(card(), HelplinesPart("US", (found,)))) != []


MIX = interaction(level=RatingLevel.SERIOUS, evidence=Evidence.CASE_REPORTS)


@pytest.mark.parametrize(
    ("rating", "expected"),
    [
        (Rating(RatingLevel.SERIOUS, Evidence.CASE_REPORTS), []),
        (Rating(RatingLevel.DANGEROUS, Evidence.CASE_REPORTS), []),
        (Rating(RatingLevel.CAUTION, Evidence.CASE_REPORTS), ["softened_rating:KI-dozepam"]),
        (Rating(RatingLevel.UNKNOWN, Evidence.CASE_REPORTS), ["softened_rating:KI-dozepam"]),
        (Rating(RatingLevel.RESCUE, Evidence.CASE_REPORTS), ["softened_rating:KI-dozepam"]),
        (Rating(RatingLevel.SERIOUS, Evidence.CLINICAL_STUDY), ["softened_rating:KI-dozepam"]),
        (None, ["softened_rating:KI-dozepam"]),
    ],
)
def test_a_product_may_raise_a_rating_and_nothing_may_soften_it(rating: Rating | None, expected: list[str]) -> None:
    mixes = released(MIX)
    reply = compose.pair(mixes, CONTEXT, Understanding("answer", "x", 1.0), MIX.id).reply
    assert Guard(mixes).violations(changed(reply, parts=(changed(card(reply), rating=rating),))) == expected
