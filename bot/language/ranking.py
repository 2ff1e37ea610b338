"""Which answer a text asks for: a classifier over the answers, weighed with the intent.

The classifier has one class an answer, trained on the answer's questions, and one class for "none of these", trained
on what is out of scope; so an answer that merely beats bad rivals is not mistaken for a good one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.language.decide import Candidate
from bot.reply import Value

__all__ = ["NONE", "Entry", "rank"]

NONE = "none"
OUT_OF_SCOPE = "out_of_scope"
RANKED = 5
RANKED_REFUSALS = 3
# The smallest intent probability that still counts; below it every intent is equally unlikely.
_LEAST_SHARE = 1e-3


class Entry(Value, frozen=True):
    """What the ranking knows about an answer."""

    id: str
    risk: str
    intent: str
    declines: bool


def rank(
    labels: Sequence[str],
    shares: NDArray[np.float32],
    entries: Mapping[str, Entry],
    intents: Mapping[str, float],
    weight: float,
) -> list[Candidate]:
    """Return the likeliest answers, first the best, and after them the likeliest refusals.

    Args:
        labels: the classes: answer ids, and ``none``.
        shares: [classes] the classifier's probabilities.
        entries: what is known about each answer.
        intents: probability of each intent.
        weight: how much the intent counts against the classifier; 0 is not at all, 1 as much.
    """
    prior = [intents.get(entries[label].intent if label in entries else OUT_OF_SCOPE, 0.0) for label in labels]
    weighed = shares * np.maximum(np.array(prior), _LEAST_SHARE) ** weight
    weighed /= weighed.sum()
    order = [place for place in np.argsort(-weighed) if labels[place] in entries]
    refusals = [place for place in order if entries[labels[place]].declines]
    best = [place for place in order if not entries[labels[place]].declines][:RANKED] + refusals[:RANKED_REFUSALS]
    return [
        Candidate(entry.id, float(weighed[place]), entry.risk, entry.intent, entry.declines)
        for place in best
        for entry in (entries[labels[place]],)
    ]
