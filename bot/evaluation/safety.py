"""How well the crisis gate does on a file of example messages: recall and false alarms, with intervals.

The held-out file is for counting alone: ``SafetyReport.missed`` is filled only if the caller asks for it, which the
command does for the development file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from bot.evaluation.shares import Share
from bot.safety.assess import assess
from bot.safety.levels import Category, Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from bot.safety.rules import Rules
    from bot.turn import Danger

__all__ = ["Case", "SafetyReport", "last_texts", "measure", "read_cases", "table"]


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a crisis test set; see the README beside the sets."""

    id: str
    category: Category
    slice: str
    polarity: Literal["trigger", "lookalike"]
    expect: Level
    turns: tuple[str, ...]


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


def read_cases(path: Path) -> list[Case]:
    """Reads a test set.

    Raises:
        OSError: it cannot be read.
        msgspec.ValidationError: a line is not a case.
    """
    return [msgspec.json.decode(line, type=Case) for line in path.read_bytes().splitlines() if line.strip()]


def last_texts(path: Path) -> list[str]:
    """Returns the text that each case is judged on, for the learned check to look at beforehand."""
    return [case.turns[-1] for case in read_cases(path)]


def measure(
    path: Path, rules: Rules, learned: Mapping[str, Danger | None] | None = None, *, with_misses: bool = False
) -> SafetyReport:
    """Assesses every case of a file.

    Args:
        path: a file of cases.
        rules: the loaded rules.
        learned: what the learned check found in each text; it can only raise what the rules say.
        with_misses: whether to list the ids that failed. Not for a held-out file.
    """
    recall: dict[str, list[bool]] = defaultdict(list)
    alarms: dict[str, list[bool]] = defaultdict(list)
    categories: list[bool] = []
    missed = []
    for case in read_cases(path):
        verdict = assess(case.turns[-1], case.turns[:-1], rules)
        danger = (learned or {}).get(case.turns[-1])
        raised = danger is not None and danger.level.rank > verdict.level.rank
        level = danger.level if danger is not None and raised else verdict.level
        found = (danger.category,) if danger is not None and raised else (verdict.category, *verdict.also)
        keys = ("all", case.category.value, f"slice {case.slice}")
        if case.polarity == "trigger":
            failed = level.rank < case.expect.rank
            for key in (*keys, f"level {case.expect.value}"):
                recall[key].append(not failed)
            if found[0] is not None:
                categories.append(case.category in found)
        else:
            failed = level.rank > case.expect.rank
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
    return f"{key:28} {share}"


def _shares(found: Mapping[str, Iterable[bool]]) -> dict[str, Share]:
    return {
        key: Share(sum(found[key]), len(list(found[key]))) for key in sorted(found, key=lambda key: (key != "all", key))
    }
