"""From scores to one decision; from shares and intents to a ranking."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.decide import SMALLTALK, Candidate, Thresholds, decide
from bot.language.ranking import NONE, OUT_OF_SCOPE, RANKED, Entry, rank
from bot.language.substances import CONCENTRATE, KRATOM
from bot.reply import Form
from bot.turn import Found, Understanding

THRESHOLDS = Thresholds(
    answer={"high": 0.5, "medium": 0.4, "low": 0.3},
    clarify=0.2,
    smalltalk=0.6,
    decline=0.5,
    interaction=0.25,
    out_of_scope=0.7,
)
XANAX = Found("alprazolam", ("KI-020",))
ROUTES = {"answer", "clarify", "decline", "interactions", "refer", "smalltalk", "unknown"}


def candidate(name: str, score: float, **fields: Any) -> Candidate:
    return Candidate(**{"id": name, "score": score, "risk": "high", "intent": "dosing", **fields})


def decided(
    intents: dict[str, float],
    *ranking: Candidate,
    substances: tuple[Found, ...] = (),
    form: Form | None = None,
    mixing: bool = False,
) -> Understanding:
    return decide(intents, ranking, substances, form, THRESHOLDS, mixing=mixing)


def ids(found: Understanding) -> list[str]:
    return [one.id for one in found.answers]


@pytest.mark.parametrize(
    ("score", "risk", "route"),
    [
        (0.5, "high", "answer"),
        (0.49, "high", "clarify"),
        (0.4, "medium", "answer"),
        (0.39, "medium", "clarify"),
        (0.3, "low", "answer"),
        (0.29, "low", "clarify"),
        (0.2, "high", "clarify"),
        (0.19, "high", "unknown"),
        (0.0, "low", "unknown"),
    ],
)
def test_the_riskier_an_answer_the_surer_it_has_to_be(score: float, risk: str, route: str) -> None:
    found = decided({"dosing": 0.9}, candidate("a", score, risk=risk))
    assert found.route == route


def test_an_answer_comes_with_the_next_likeliest() -> None:
    found = decided(
        {"dosing": 0.9}, *(candidate(name, score) for name, score in zip("abcd", (0.6, 0.2, 0.1, 0.05), strict=True))
    )
    assert (found.route, found.intent, ids(found)) == ("answer", "dosing", ["a", "b", "c"])


def test_where_to_find_help_is_a_referral() -> None:
    assert decided({"get_help": 0.9}, candidate("a", 0.6, intent="get_help")).route == "refer"


def test_a_guess_offers_three_at_most_and_nothing_unlikely() -> None:
    found = decided(
        {"dosing": 0.9}, *(candidate(name, score) for name, score in zip("abcd", (0.25, 0.05, 0.04, 0.04), strict=True))
    )
    assert (found.route, ids(found)) == ("clarify", ["a", "b"])


def test_what_is_not_known_offers_what_is_near() -> None:
    found = decided({"dosing": 0.9}, candidate("a", 0.1), candidate("b", 0.01))
    assert (found.route, found.intent, ids(found)) == ("unknown", "dosing", ["a"])


@pytest.mark.parametrize(("share", "route"), [(0.7, "unknown"), (0.69, "answer")])
def test_what_is_out_of_scope_is_not_answered_and_offers_nothing(share: float, route: str) -> None:
    found = decided({OUT_OF_SCOPE: share, "dosing": 0.3}, candidate("a", 0.9))
    assert (found.route, ids(found)) == (route, [] if route == "unknown" else ["a"])


def test_kratom_with_a_named_drug_is_never_out_of_scope() -> None:
    assert decided({OUT_OF_SCOPE: 0.9}, candidate("a", 0.9), substances=(Found(KRATOM), XANAX)).route == "answer"
    assert decided({OUT_OF_SCOPE: 0.9}, substances=(Found(KRATOM), XANAX)).route == "interactions"


def test_with_nothing_at_all_it_is_not_known() -> None:
    assert decided({}) == Understanding("unknown", OUT_OF_SCOPE, 0.0)


REFUSAL = candidate("decline.amount", 0.4, intent="personal_amount", declines=True)


@pytest.mark.parametrize(("share", "route"), [(0.5, "decline"), (0.49, "answer")])
def test_a_refusal_needs_its_intents(share: float, route: str) -> None:
    found = decided({"personal_amount": share, "dosing": 0.4}, REFUSAL, candidate("a", 0.6))
    assert found.route == route
    assert ids(found) == (["decline.amount"] if route == "decline" else ["a"])


def test_the_intents_of_all_refusals_count_together() -> None:
    other = candidate("decline.buying", 0.2, intent="decline_buying", declines=True)
    found = decided(
        {"personal_amount": 0.3, "decline_buying": 0.25, "dosing": 0.45}, candidate("a", 0.9), REFUSAL, other
    )
    assert (found.route, found.intent, ids(found)) == ("decline", "personal_amount", ["decline.amount"])


def test_of_several_refusals_the_one_that_was_meant_is_given() -> None:
    other = candidate("decline.buying", 0.2, intent="decline_buying", declines=True)
    meant = {"personal_amount": 0.2, "decline_buying": 0.4}
    assert ids(decided(meant, candidate("a", 0.9), REFUSAL, other)) == ["decline.buying"]
    assert ids(decided({**meant, "decline_making": 0.5}, REFUSAL, other)) == ["decline.amount"]


def test_without_a_reviewed_refusal_nothing_is_refused() -> None:
    assert decided({"personal_amount": 0.9}, candidate("a", 0.9)).route == "answer"


def test_a_refusal_comes_before_a_mix_and_before_an_answer() -> None:
    found = decided({"personal_amount": 0.6, "interaction": 0.4}, REFUSAL, candidate("a", 0.9), substances=(XANAX,))
    assert found.route == "decline"


def test_a_refusal_is_never_given_as_an_answer_or_a_guess() -> None:
    refusals = [candidate(f"decline.{score}", score, intent="personal_amount", declines=True) for score in (0.9, 0.3)]
    assert decided({"dosing": 0.9}, *refusals).route == "unknown"
    assert ids(decided({"dosing": 0.9}, *refusals, candidate("a", 0.25))) == ["a"]


@pytest.mark.parametrize(
    ("share", "mixing", "route"),
    [(0.25, False, "interactions"), (0.24, False, "answer"), (0.0, True, "interactions"), (0.0, False, "answer")],
)
def test_a_named_drug_and_a_thought_of_mixing_show_the_mix(share: float, mixing: bool, route: str) -> None:
    found = decided({"interaction": share, "pain": 0.5}, candidate("a", 0.9), substances=(XANAX,), mixing=mixing)
    assert (found.route, found.substances) == (route, (XANAX,))


@pytest.mark.parametrize(
    ("substances", "mixing", "route"),
    [
        ((Found(KRATOM), XANAX), False, "interactions"),
        ((XANAX,), True, "interactions"),
        ((XANAX,), False, "unknown"),
    ],
)
def test_a_named_drug_and_nothing_else_understood_show_the_mix_with_kratom(
    substances: tuple[Found, ...], mixing: bool, route: str
) -> None:
    assert decided({"legal": 0.4}, substances=substances, mixing=mixing).route == route


def test_mixing_without_a_named_drug_is_an_ordinary_question() -> None:
    found = decided({"interaction": 0.9}, candidate("a", 0.6, intent="interaction"), mixing=True)
    assert (found.route, found.intent) == ("answer", "interaction")


@pytest.mark.parametrize("intent", sorted(SMALLTALK))
@pytest.mark.parametrize(("share", "is_polite"), [(0.6, True), (0.59, False)])
def test_a_polite_word_is_answered_politely_when_it_is_sure(intent: str, share: float, is_polite: bool) -> None:
    found = decided({intent: share, OUT_OF_SCOPE: 0.1}, candidate("a", 0.9))
    assert (found.route, found.intent) == (("smalltalk", intent) if is_polite else ("answer", "dosing"))


def test_a_polite_word_with_a_drug_in_it_is_about_the_drug() -> None:
    assert decided({"thanks": 0.9}, substances=(Found(KRATOM), XANAX)).route == "interactions"


@pytest.mark.parametrize(
    ("substances", "form", "top", "others", "kratom"),
    [
        ((Found(KRATOM),), None, "dosing", (), True),
        ((Found(KRATOM), XANAX), None, "interaction", (XANAX,), True),
        ((XANAX,), None, "interaction", (XANAX,), False),
        ((XANAX,), Form.EXTRACT, "interaction", (XANAX,), True),
        ((Found(CONCENTRATE),), None, "dosing", (), True),
        ((Found(CONCENTRATE), XANAX), Form.SEVEN_OH, "interaction", (XANAX,), True),
        ((Found(KRATOM), Found(CONCENTRATE)), Form.SEVEN_OH, "interaction", (Found(CONCENTRATE),), True),
        ((Found(KRATOM), Found(CONCENTRATE)), Form.SEVEN_OH, "dosing", (), True),
        ((), None, "dosing", (), False),
    ],
)
def test_kratom_is_not_a_second_substance(
    substances: tuple[Found, ...], form: Form | None, top: str, others: tuple[Found, ...], kratom: bool
) -> None:
    found = decided({top: 0.9}, substances=substances, form=form)
    assert (found.substances, found.kratom, found.form) == (others, kratom, form)


@given(
    intents=st.dictionaries(
        st.sampled_from(["dosing", "interaction", "thanks", "personal_amount", "get_help", OUT_OF_SCOPE]),
        st.floats(0, 1),
    ),
    scores=st.lists(st.floats(0, 1), max_size=5),
    declines=st.booleans(),
    drug=st.booleans(),
    mixing=st.booleans(),
)
def test_whatever_the_scores_one_route_is_taken(
    intents: dict[str, float], scores: list[float], declines: bool, drug: bool, mixing: bool
) -> None:
    ranking = [
        candidate(str(place), score, intent="personal_amount" if declines else "dosing", declines=declines)
        for place, score in enumerate(sorted(scores, reverse=True))
    ]
    found = decided(intents, *ranking, substances=(XANAX,) if drug else (), mixing=mixing)
    assert found.route in ROUTES
    assert len(found.answers) <= 3
    if found.route in {"answer", "clarify", "decline", "refer"}:
        assert found.answers


# ---- the ranking


ENTRIES = {
    name: Entry(name, "high", intent, declines=False)
    for name, intent in (("a", "dosing"), ("b", "pain"), ("c", "pain"))
}
LABELS = ("a", "b", "c", NONE)


def ranked(shares: list[float], intents: dict[str, float], weight: float) -> list[tuple[str, float]]:
    found = rank(LABELS, np.array(shares, np.float32), ENTRIES, intents, weight)
    return [(one.id, round(one.score, 3)) for one in found]


def test_without_weight_the_intent_counts_nothing() -> None:
    assert ranked([0.5, 0.3, 0.1, 0.1], {"pain": 1.0}, 0.0) == [("a", 0.5), ("b", 0.3), ("c", 0.1)]


def test_with_weight_the_intent_decides_between_close_answers() -> None:
    found = ranked([0.4, 0.4, 0.1, 0.1], {"pain": 0.8, "dosing": 0.2}, 1.0)
    assert [name for name, _ in found] == ["b", "a", "c"]
    assert found[0] == ("b", round(0.32 / (0.08 + 0.32 + 0.08 + 0.0001), 3))


def test_what_belongs_to_no_answer_takes_its_share_and_is_not_ranked() -> None:
    assert ranked([0.1, 0.1, 0.1, 0.7], {"dosing": 0.1, "pain": 0.1, OUT_OF_SCOPE: 0.8}, 1.0)[0][1] < 0.1


def test_an_intent_that_nobody_expects_does_not_wipe_an_answer_out() -> None:
    assert ranked([0.97, 0.01, 0.01, 0.01], {"pain": 1.0}, 0.5)[0][0] == "a"


def test_only_the_best_are_ranked() -> None:
    labels = [str(number) for number in range(20)]
    entries = {name: Entry(name, "low", "dosing", declines=False) for name in labels}
    shares = np.linspace(1, 20, 20, dtype=np.float32) / 210
    found = rank(labels, shares, entries, {"dosing": 1.0}, 0.5)
    assert [one.id for one in found] == ["19", "18", "17", "16", "15"]
    assert len(found) == RANKED


def test_refusals_are_ranked_after_the_answers_and_never_push_one_out() -> None:
    entries = {name: Entry(name, "low", "dosing", declines=name < "e") for name in "abcdefghijk"}
    shares = np.linspace(11, 1, 11, dtype=np.float32) / 66
    found = rank("abcdefghijk", shares, entries, {"dosing": 1.0}, 0.0)
    assert "".join(one.id for one in found) == "efghi" + "abc"


def test_what_is_known_of_an_answer_comes_with_it() -> None:
    entries = {"a": Entry("a", "medium", "buying", declines=True)}
    assert rank(["a", NONE], np.array([0.75, 0.25], np.float32), entries, {"buying": 1.0, OUT_OF_SCOPE: 1.0}, 1.0) == [
        Candidate("a", 0.75, "medium", "buying", declines=True)
    ]
