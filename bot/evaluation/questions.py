"""Measures understanding on questions that were never trained on: the right route, and the right answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bot.errors import LanternError
from bot.evaluation.shares import Share
from bot.reply import Value
from bot.turn import Understanding

__all__ = ["QuestionReport", "measure", "texts_of"]


class Expected(Value, frozen=True):
    """What should happen to a question; any of the ids is right."""

    route: str
    ids: tuple[str, ...]
    topic: str | None = None


class Question(Value, frozen=True):
    """One line of the question set."""

    id: str
    text: str
    expect: Expected
    slice: str


@dataclass(frozen=True)
class QuestionReport:
    """The figures, and what went wrong.

    Attributes:
        answered: of the questions in scope, how many were answered and not asked back or given up.
        right: of the answered ones, how many with an acceptable answer.
        offered: of all in scope, how many with an acceptable answer or the offer of one among the choices.
        routes: by expected route, how many took it.
        refused: of the questions out of scope, how many were recognised as such.
        slices: by slice, how many of the questions in scope were answered rightly.
        wrong: for each question that failed, its id, what was expected and what came.
    """

    answered: Share
    right: Share
    offered: Share
    refused: Share
    routes: Mapping[str, Share]
    slices: Mapping[str, Share]
    wrong: tuple[tuple[str, str, str], ...]

    def __str__(self) -> str:
        """Return the figures as lines."""
        rows = [
            f"answered, of those in scope          {self.answered}",
            f"right, of those answered             {self.right}",
            f"right or offered, of those in scope  {self.offered}",
            f"out of scope recognised              {self.refused}",
            *(f"route {name:<30} {share}" for name, share in self.routes.items()),
            *(f"slice {name:<30} {share}" for name, share in self.slices.items()),
        ]
        return "\n".join(rows)


async def measure(path: Path, understand: Callable[[str], Awaitable[Understanding]]) -> QuestionReport:
    """Ask every question of a file.

    Args:
        path: JSON lines, see ``tests/data/questions/README.md``.
        understand: gives the understanding of a text.

    Raises:
        LanternError: if the file cannot be read.
    """
    answered: list[bool] = []
    right: list[bool] = []
    offered: list[bool] = []
    refused: list[bool] = []
    routes: dict[str, list[bool]] = defaultdict(list)
    slices: dict[str, list[bool]] = defaultdict(list)
    wrong: list[tuple[str, str, str]] = []
    for question in _read(path):
        found = await understand(question.text)
        shown = _shown(found)
        hit = bool(shown) and shown[0] in question.expect.ids
        routes[question.expect.route].append(found.route == question.expect.route or hit)
        if question.expect.route == "unknown":
            refused.append(found.route in {"unknown", "smalltalk"})
            correct = refused[-1]
        elif question.expect.route == "smalltalk":
            correct = found.route == "smalltalk"
        else:
            gave = found.route not in {"unknown", "clarify", "smalltalk"}
            answered.append(gave)
            if gave:
                right.append(hit)
            near = {ranked.id for ranked in found.answers}
            offered.append(hit or (not gave and bool(near & set(question.expect.ids))))
            correct = gave and hit
            slices[question.slice].append(correct)
        if not correct:
            wrong.append((question.id, ", ".join(question.expect.ids), f"{found.route}: {', '.join(shown)}"))
    return QuestionReport(
        Share.of(answered),
        Share.of(right),
        Share.of(offered),
        Share.of(refused),
        {name: Share.of(hits) for name, hits in sorted(routes.items())},
        {name: Share.of(hits) for name, hits in sorted(slices.items())},
        tuple(wrong),
    )


def texts_of(path: Path) -> list[str]:
    """Return the questions of a file, without what is expected of them."""
    return [question.text for question in _read(path)]


def _shown(found: Understanding) -> list[str]:
    if found.route == "interactions":
        return [entry for substance in found.substances for entry in substance.entries]
    return [ranked.id for ranked in found.answers]


def _read(path: Path) -> list[Question]:
    try:
        return [msgspec.json.decode(line, type=Question) for line in path.read_bytes().splitlines() if line.strip()]
    except (OSError, msgspec.MsgspecError) as error:
        raise LanternError(f"{path.name} cannot be read as questions: {error}") from error
