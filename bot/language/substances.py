"""Finds every substance that a text names, by generic, brand, street name or a misspelling.

Longest match first, all of them and not only the last. A misspelling is accepted when it is one edit from one known
name of six letters or more and from no ordinary word; a name that may mean several drugs stays ambiguous.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bot.answers.models import Interaction
from bot.reply import Form
from bot.turn import Found

__all__ = ["CONCENTRATE", "KRATOM", "Lexicon", "Match", "form_of"]

KRATOM = "kratom"
# The plain name of 7-OH and the like. They are kratom products, and a second substance only beside leaf kratom.
CONCENTRATE = "7-oh"
# Words for kratom itself; "what counts as kratom" in the interaction evidence.
_KRATOM_NAMES = (
    "kratom", "kratum", "cratom", "krathom", "kratoms", "kraton", "krantom", "kratm", "katom", "krstom", "ketum", "biak",
    "maeng da", "mitragyna", "mitragyna speciosa", "mitragynine", "kratom leaf", "red bali", "green malay", "white borneo",
)  # fmt: skip
_FORMS: Mapping[Form, re.Pattern[str]] = {
    Form.SEVEN_OH: re.compile(
        r"\b(?:7[\s-]?oh[ms]?|7[\s-]?hydroxy\w*|seven[\s-]?oh|7 ?o ?h|7tabz?|hydroxymitragynine|pseudo(?:indoxyl)?|"
        r"mgm[\s-]?1[56]|7[\s-]?hmg)\b"
    ),
    Form.EXTRACT: re.compile(
        r"\b(?:extracts?|shots?|concentrates?|enhanced|gold reserve|liquid kratom|tinctures?|resin)\b"
    ),
    Form.LEAF: re.compile(r"\b(?:leaf|leaves|powder|capsules?|caps|tea|plain leaf|toss (?:and|n) wash)\b"),
}
_SHORTEST_MISSPELT = 6
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True)
class Match:
    """A name found in a text, with its place in it."""

    start: int
    end: int
    name: Found


@dataclass(frozen=True)
class Lexicon:
    """Every surface form that is known.

    Attributes:
        forms: surface form, lower case with single spaces, to what it stands for.
        ordinary: words of the language that are one edit from a name and are not it ("station" is no statin). Without
            any, misspellings are not guessed at all.
    """

    forms: Mapping[str, Found]
    ordinary: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[Interaction], language: Iterable[str] = ()) -> Lexicon:
        """Gather the names of the interaction table.

        Args:
            entries: the interaction table.
            language: the words of the language, to tell a misspelt name from an ordinary word.

        A name may belong to several entries (methadone: an opioid, and hard on the heart's rhythm), or may mean one of
        several (``blues``).
        """
        owners: dict[str, dict[str, str]] = defaultdict(dict)
        unclear: set[str] = set()
        for entry in entries:
            for generic, others in entry.substances.items():
                for surface in (generic, *others):
                    is_product = entry.substance_class == "kratom_product"
                    owners[_plain(surface)][entry.id] = CONCENTRATE if is_product else generic
            for surface in entry.ambiguous:
                owners[_plain(surface)].setdefault(entry.id, surface)
                unclear.add(_plain(surface))
        forms = {
            surface: Found(
                surface if surface in unclear else next(iter(named.values())),
                tuple(sorted(named)),
                surface in unclear and len(named) > 1,
            )
            for surface, named in owners.items()
        }
        forms.update({surface: Found(KRATOM) for surface in _KRATOM_NAMES})
        plain = cls(forms)
        return cls(forms, frozenset(word for word in language if word not in forms and any(plain._near(word))))

    def find(self, text: str) -> list[Match]:
        """Return the names in a text in order, none inside another.

        Args:
            text: a cleaned message; case does not matter.
        """
        words = [(found.group(), found.start(), found.end()) for found in _WORD.finditer(text.lower())]
        found: list[Match] = []
        index = 0
        while index < len(words):
            for size in range(min(self._longest, len(words) - index), 0, -1):
                window = words[index : index + size]
                name = self._named(" ".join(word for word, _, _ in window), alone=size == 1)
                if name is not None:
                    found.append(Match(window[0][1], window[-1][2], name))
                    index += size
                    break
            else:
                index += 1
        return found

    def _named(self, surface: str, *, alone: bool) -> Found | None:
        plain = _plain(surface)
        known = self.forms.get(plain)
        if known is None and plain.endswith("s"):
            known = self.forms.get(plain[:-1])
        misspelt = alone and self.ordinary and len(plain) >= _SHORTEST_MISSPELT and plain not in self.ordinary
        if known is None and misspelt:
            known = self._misspelt(plain)
        return known

    def _misspelt(self, word: str) -> Found | None:
        """Return the one substance that a word is one edit away from; two candidates mean that it is neither."""
        names = {self.forms[near] for near in self._near(word)}
        return names.pop() if len(names) == 1 else None

    def _near(self, word: str) -> Iterable[str]:
        return {
            candidate
            for size in (len(word) - 1, len(word), len(word) + 1)
            for candidate in self._by_length.get(size, ())
            if candidate[0] == word[0] and _one_edit(word, candidate)
        }

    @cached_property
    def _longest(self) -> int:
        return max((form.count(" ") + 1 for form in self.forms), default=1)

    @cached_property
    def _by_length(self) -> Mapping[int, list[str]]:
        lengths: dict[int, list[str]] = defaultdict(list)
        for form in self.forms:
            if " " not in form and len(form) >= _SHORTEST_MISSPELT:
                lengths[len(form)].append(form)
        return lengths


def form_of(text: str) -> Form | None:
    """Return the product form that a text names, the strongest when it names several."""
    lowered = text.lower()
    return next((form for form, pattern in _FORMS.items() if pattern.search(lowered)), None)


def _plain(surface: str) -> str:
    """Write a name the way it is looked up: words of letters and digits, however they are joined."""
    return re.sub(r"[\W_]+", " ", re.sub(r"['’]", "", surface.lower())).strip()


def _one_edit(left: str, right: str) -> bool:
    """Tell whether one letter was added, dropped, changed, or swapped with its neighbour."""
    if left == right:
        return True
    if len(left) == len(right):
        differ = [i for i, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
        swapped = len(differ) == 2 and differ[1] == differ[0] + 1
        return len(differ) == 1 or (
            swapped and left[differ[0]] == right[differ[1]] and left[differ[1]] == right[differ[0]]
        )
    shorter, longer = sorted((left, right), key=len)
    if len(longer) - len(shorter) != 1:
        return False
    i = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    return shorter[i:] == longer[i + 1 :]
