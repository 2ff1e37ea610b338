"""How urgent a message is, and what the danger is."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["REPLY_ORDER", "Category", "Level", "highest"]


class Level(str, Enum):
    """How urgent a message is, from nothing to minutes.

    The names and what each level does to the reply come from the safety policy. Compare levels with ``rank``: as these
    are strings, ``<`` would compare the letters.
    """

    NONE = "none"
    CONCERN = "concern"
    CRISIS = "crisis"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """Its place in the order, 0 for none to 3 for emergency."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


def highest(levels: Iterable[Level]) -> Level:
    """Returns the most urgent of the levels, none if there are none."""
    return max(levels, key=lambda level: level.rank, default=Level.NONE)


class Category(str, Enum):
    """What the danger is, in the order of the reply contract. Adding one is a new contract version."""

    OVERDOSE_NOW = "overdose_now"
    SUICIDE = "suicide"
    SELF_HARM = "self_harm"
    WITHDRAWAL_DANGER = "withdrawal_danger"
    SEIZURE = "seizure"
    CHEST_PAIN = "chest_pain"
    ALLERGIC_REACTION = "allergic_reaction"
    CHILD_SWALLOWED = "child_swallowed"
    PREGNANCY = "pregnancy"
    MINOR = "minor"
    VIOLENCE = "violence"
    DRIVING = "driving"
    DANGEROUS_MIX = "dangerous_mix"

    @property
    def reply_order(self) -> int:
        """Which of two dangers of the same level is answered first, 0 for the first."""
        return REPLY_ORDER.index(self)


REPLY_ORDER = (
    Category.OVERDOSE_NOW,
    Category.SEIZURE,
    Category.CHEST_PAIN,
    Category.ALLERGIC_REACTION,
    Category.CHILD_SWALLOWED,
    Category.SUICIDE,
    Category.WITHDRAWAL_DANGER,
    Category.VIOLENCE,
    Category.SELF_HARM,
    Category.DRIVING,
    Category.DANGEROUS_MIX,
    Category.PREGNANCY,
    Category.MINOR,
)
"""Whose card comes first when two dangers have the same level, as the crisis taxonomy sets it."""
