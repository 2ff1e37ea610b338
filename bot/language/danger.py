"""From the probabilities of the learned crisis check to a level and a category."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.reply import Category, Level, Value
from bot.turn import Danger

__all__ = ["CALM", "Thresholds", "find"]

CALM = "none"


class Thresholds(Value, frozen=True):
    """From which probability on something is raised.

    Attributes:
        urgent: for a crisis card: the summed probability of all urgent classes.
        concern: for one line of support ahead of the answer: the summed probability of all classes but "none".
    """

    urgent: float
    concern: float


def find(labels: Sequence[str], shares: NDArray[np.float32], thresholds: Thresholds) -> Danger | None:
    """Return what was found, None when nothing was.

    Args:
        labels: the classes, ``category.level`` or ``none``.
        shares: [classes] their probabilities.
        thresholds: see ``Thresholds``.
    """
    by_level: dict[Level, dict[Category, float]] = defaultdict(dict)
    for label, share in zip(labels, shares, strict=True):
        if label != CALM:
            category, level = label.split(".")
            by_level[Level(level)][Category(category)] = float(share)
    emergency, crisis, concern = (by_level[level] for level in (Level.EMERGENCY, Level.CRISIS, Level.CONCERN))
    urgent = {name: emergency.get(name, 0.0) + crisis.get(name, 0.0) for name in Category}
    total_urgent, total = sum(urgent.values()), sum(urgent.values()) + sum(concern.values())
    if total_urgent >= thresholds.urgent:
        category = max(urgent, key=lambda name: urgent[name])
        level = Level.EMERGENCY if emergency.get(category, 0.0) >= crisis.get(category, 0.0) else Level.CRISIS
        return Danger(level, category, round(total_urgent, 3))
    if total >= thresholds.concern:
        every = {name: urgent[name] + concern.get(name, 0.0) for name in Category}
        return Danger(Level.CONCERN, max(every, key=lambda name: every[name]), round(total, 3))
    return None
