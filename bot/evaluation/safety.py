"""How well the crisis gate does on a file of example messages: recall and false alarms, with intervals.

The held-out file is for counting alone: ``SafetyReport.missed`` is filled only if the caller asks for it, which the
command does for the development file.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from bot.safety.assess import assess
from bot.safety.levels import Category, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bot.safety.rules import Rules

__all__ = ["Case", "SafetyReport", "Share", "measure", "read_cases", "table", "wilson"]

_Z_95 = 1.959964
"""Two-sided 95 % point of the normal distribution, for the Wilson score interval."""


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a crisis test set; see the README beside the sets."""

    id: str
    category: Category
    slice: str
    polarity: Literal["trigger", "lookalike"]
    expect: Level
    turns: tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """A number of cases out of others, with its 95 % Wilson interval."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share, 0 if there are no cases."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % Wilson interval."""
        return wilson(self.count, self.total)


@dataclass(frozen=True)
class SafetyReport:
    """What was found.

    Attributes:
        recall: of the triggers, those that reached the expected level, by ``all``, category, slice and expected level.
        false_alarms: of the look-alikes, those that rose above the allowed level, by ``all``, category and slice.
        right_category: of the triggers that were raised at all, those whose category was found.
        missed: ids of the misses and false alarms; empty unless asked for.
    """

    recall: Mapping[str, Share]
    false_alarms: Mapping[str, Share]
    right_category: Share
    missed: tuple[str, ...] = ()


def wilson(count: int, total: int) -> tuple[float, float]:
    """Returns the 95 % Wilson score interval of a share; all of 0 to 1 if there are no cases."""
    if total == 0:
        return (0.0, 1.0)
    share = count / total
    spread = _Z_95**2 / total
    centre = (share + spread / 2) / (1 + spread)
    half = _Z_95 / (1 + spread) * math.sqrt(share * (1 - share) / total + spread / (4 * total))
    return (max(0.0, centre - half), min(1.0, centre + half))


def read_cases(path: Path) -> list[Case]:
    """Reads a test set.

    Raises:
        OSError: it cannot be read.
        msgspec.ValidationError: a line is not a case.
    """
    return [msgspec.json.decode(line, type=Case) for line in path.read_bytes().splitlines() if line.strip()]


def measure(path: Path, rules: Rules, *, with_misses: bool = False) -> SafetyReport:
    """Assesses every case of a file.

    Args:
        path: a file of cases.
        rules: the loaded rules.
        with_misses: whether to list the ids that failed. Not for a held-out file.
    """
    recall: dict[str, list[bool]] = defaultdict(list)
    alarms: dict[str, list[bool]] = defaultdict(list)
    categories: list[bool] = []
    missed = []
    for case in read_cases(path):
        verdict = assess(case.turns[-1], case.turns[:-1], rules)
        keys = ("all", case.category.value, f"slice {case.slice}")
        if case.polarity == "trigger":
            failed = verdict.level.rank < case.expect.rank
            for key in (*keys, f"level {case.expect.value}"):
                recall[key].append(not failed)
            if verdict.category is not None:
                categories.append(case.category in (verdict.category, *verdict.also))
        else:
            failed = verdict.level.rank > case.expect.rank
            for key in keys:
                alarms[key].append(failed)
        if failed:
            missed.append(case.id)
    return SafetyReport(
        recall=_shares(recall),
        false_alarms=_shares(alarms),
        right_category=Share(sum(categories), len(categories)),
        missed=tuple(missed) if with_misses else (),
    )


def table(report: SafetyReport) -> str:
    """Returns the report as lines for a terminal."""
    lines = []
    for name, shares in (("recall", report.recall), ("false alarms", report.false_alarms)):
        lines.append(name)
        lines.extend(f"  {_line(key, share)}" for key, share in shares.items())
    lines.append(_line("right category", report.right_category))
    lines.extend(f"missed {case}" for case in report.missed)
    return "\n".join(lines)


def _line(key: str, share: Share) -> str:
    low, high = share.interval
    return f"{key:28} {share.count:4}/{share.total:<4} {share.value:6.3f}  [{low:.3f}, {high:.3f}]"


def _shares(found: Mapping[str, Iterable[bool]]) -> dict[str, Share]:
    return {key: Share(sum(found[key]), len(list(found[key]))) for key in sorted(found, key=lambda key: (key != "all", key))}
