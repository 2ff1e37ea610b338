"""The crisis check: what one message means, in under a millisecond and with nothing but the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.safety.levels import Category, Level, highest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.safety.patterns import Pattern
    from bot.safety.rules import Rule, Rules

__all__ = ["CALM", "Verdict", "assess"]

_RECENT_TEXTS = 2
# People split a thought over short messages; only the end of a long one can be the first half of a thought.
_RECENT_CHARACTERS = 400
# No expression is longer than this many words, so no match that touches the new text starts further back.
_REACH = 40


@dataclass(frozen=True)
class Verdict:
    """What a message was found to mean.

    Attributes:
        level: how urgent it is.
        category: the danger to answer first: the most urgent, then in the order of the taxonomy. None if level is none.
        also: further dangers, in the order to mention them.
        rules: ids of the rules that fired, sorted.
        language: ISO 639-1 code of the language of the phrase that decided, ``en`` if none did.
    """

    level: Level
    category: Category | None = None
    also: tuple[Category, ...] = ()
    rules: tuple[str, ...] = ()
    language: str = "en"


CALM = Verdict(Level.NONE)
"""Nothing was found."""


def assess(text: str, recent: Sequence[str], rules: Rules) -> Verdict:
    """Returns what the message means, read together with the ones just before it.

    Pure: no clock, no network, nothing kept. What only the earlier texts say does not count again: a rule fires if the
    new text contributes at least one word to what it found.

    Args:
        text: the new message, cleaned or not.
        recent: the person's earlier messages, oldest first; the last two are read.
        rules: the loaded rules.
    """
    new = rules.read(text)
    earlier = [rules.read(_end(before)) for before in recent[-_RECENT_TEXTS:]]
    readings = [*earlier, new]
    plain = rules.alphabet.join(reading.plain for reading in readings)
    masked = rules.alphabet.join(reading.masked for reading in readings)
    bits = 0
    for reading in readings:
        bits |= reading.bits
    boundary = len(plain) - len(new.plain)
    fired = [
        rule
        for rule in rules.rules
        if (rule.written is not None and new.letters and rule.written.search(new.letters))
        or _fires(rule, plain if rule.unmasked else masked, bits, boundary)
    ]
    return _verdict(fired) if fired else CALM


def _end(text: str) -> str:
    if len(text) <= _RECENT_CHARACTERS:
        return text
    return text[-_RECENT_CHARACTERS:].partition(" ")[2]


def _fires(rule: Rule, symbols: str, bits: int, boundary: int) -> bool:
    possible = [pattern for pattern in rule.any if bits & pattern.needs == pattern.needs]
    if not possible:
        return False
    if not rule.together:
        return any(_touches(pattern, symbols, boundary) for pattern in possible)
    company = [pattern for pattern in rule.together if bits & pattern.needs == pattern.needs]
    if not company:
        return False
    if any(_touches(pattern, symbols, boundary) for pattern in possible):
        return any(pattern.regex.search(symbols) for pattern in company)
    return any(_touches(pattern, symbols, boundary) for pattern in company) and any(
        pattern.regex.search(symbols) for pattern in possible
    )


def _touches(pattern: Pattern, symbols: str, boundary: int) -> bool:
    """Returns whether the pattern is found with at least one word of the new text, which starts at the boundary."""
    found = pattern.regex.search(symbols, max(0, boundary - _REACH))
    while found is not None and found.end() <= boundary:
        found = pattern.regex.search(symbols, found.start() + 1)
    return found is not None


def _verdict(fired: list[Rule]) -> Verdict:
    levels: dict[Category, Level] = {}
    for rule in fired:
        levels[rule.category] = highest((levels.get(rule.category, Level.NONE), rule.level))
    order = sorted(levels, key=lambda category: (-levels[category].rank, category.reply_order))
    leading = next(rule for rule in fired if rule.category is order[0] and rule.level is levels[order[0]])
    return Verdict(
        level=levels[order[0]],
        category=order[0],
        also=tuple(order[1:]),
        rules=tuple(sorted(rule.id for rule in fired)),
        language=leading.language,
    )
