"""From scores to one decision: answer, ask, decline, or say that there is no reviewed answer. Pure, and small on purpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.language.substances import CONCENTRATE, KRATOM
from bot.reply import Form, Value
from bot.turn import Found, Ranked, Understanding

__all__ = ["Candidate", "Thresholds", "decide"]

SMALLTALK = frozenset({"greet", "thanks", "goodbye", "frustration", "repeat", "more", "yes_no"})
MOST_OFFERED = 3
# An intent below this is never offered as a guess, whatever its answers score.
LEAST_NEAR = 0.05


class Thresholds(Value, frozen=True):
    """From which probability on something is done; ``thresholds.yml`` holds them with the figures behind them."""

    answer: dict[str, float]
    clarify: float
    smalltalk: float
    decline: float
    interaction: float
    out_of_scope: float


class Candidate(Value, frozen=True):
    """An answer in the ranking.

    Attributes:
        id: the answer's id.
        score: how likely it is the one that was asked for, 0 to 1.
        risk: its risk tier.
        intent: the intent that it belongs to.
        declines: whether it is a refusal.
    """

    id: str
    score: float
    risk: str
    intent: str
    declines: bool = False


def decide(
    intents: Mapping[str, float],
    ranking: Sequence[Candidate],
    substances: Sequence[Found],
    form: Form | None,
    thresholds: Thresholds,
    *,
    mixing: bool = False,
) -> Understanding:
    """Return what to do with a message.

    Args:
        intents: probability of each intent.
        ranking: answers, the likeliest first.
        substances: every substance that was named, kratom among them.
        form: the product form that was named.
        thresholds: see ``Thresholds``.
        mixing: whether the safety gate saw a plan to mix.
    """
    top = max(intents, key=lambda name: intents[name], default="out_of_scope")
    confidence = intents.get(top, 0.0)
    named = {found.name for found in substances}
    # 7-OH is kratom itself, unless somebody asks about taking it together with leaf kratom.
    own = {KRATOM} if KRATOM in named and top == "interaction" else {KRATOM, CONCENTRATE}
    others = tuple(found for found in substances if found.name not in own)
    kratom = form is not None or bool(named & {KRATOM, CONCENTRATE})

    def understanding(route: str, intent: str, answers: Sequence[Candidate] = ()) -> Understanding:
        ranked = tuple(Ranked(one.id, round(one.score, 3)) for one in answers)
        return Understanding(route, intent, round(confidence, 3), ranked, others, form, kratom)

    refusals = [one for one in ranking if one.declines]
    declining = {
        name: share for name, share in intents.items() if name == "personal_amount" or name.startswith("decline_")
    }
    if refusals and sum(declining.values()) >= thresholds.decline:
        # The refusal of the intent that was meant, when it is among the likeliest; else the likeliest.
        meant = max(declining, key=lambda name: declining[name])
        best = next((one for one in refusals if one.intent == meant), refusals[0])
        return understanding("decline", best.intent, (best,))
    about_mixing = intents.get("interaction", 0.0) + (0.3 if mixing else 0.0)
    if others and (about_mixing >= thresholds.interaction or top == "interaction"):
        return understanding("interactions", "interaction")
    if top in SMALLTALK and confidence >= thresholds.smalltalk and not others:
        return understanding("smalltalk", top)
    answers = [one for one in ranking if not one.declines]
    if intents.get("out_of_scope", 0.0) >= thresholds.out_of_scope and not (others and kratom):
        return understanding("unknown", "out_of_scope")
    if answers and answers[0].score >= thresholds.answer[answers[0].risk]:
        best = answers[0]
        route = "refer" if best.intent == "get_help" else "answer"
        return understanding(route, best.intent, (best, *answers[1:MOST_OFFERED]))
    near = [one for one in answers[:MOST_OFFERED] if one.score >= LEAST_NEAR]
    if near and answers[0].score >= thresholds.clarify:
        return understanding("clarify", answers[0].intent, near)
    if others and (kratom or mixing):
        return understanding("interactions", "interaction")
    return understanding("unknown", top, near)
