"""The rules of the crisis gate, read from YAML and compiled once.

A directory holds one file for each category of danger, ``languages.yml`` for languages other than English, and three
tables: ``groups.yml`` (named groups of words), ``lookalikes.yml`` (harmless phrases that are hidden before the rules
look) and ``spelling.yml`` (how people write). ``bot.safety.patterns`` explains the expressions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from bot.errors import RulesError
from bot.language.normalise import Spelling, clean, fold
from bot.safety.levels import Category, Level
from bot.safety.patterns import HIDDEN, Alphabet, Expression, Expressions, Pattern, PatternError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BUNDLED", "Mask", "Reading", "Rule", "Rules", "RulesError"]

BUNDLED = Path(__file__).with_name("rules")
"""The directory of the rules that come with Lantern."""

_TABLES = ("groups", "lookalikes", "spelling")
_LANGUAGES = "languages"
_ENGLISH = "en"
_SHORTEST_KEY = 4
_SHORT_PIECE = 3
_NOT_LETTERS = re.compile(r"[\s\W_]+")

_Table = TypeVar("_Table")
_Parsed = tuple[str, Expression]
"""An expression as written, for messages, and as understood."""


class _RuleRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    level: Level
    why: str
    any: tuple[str, ...] = ()
    together: tuple[str, ...] = msgspec.field(default=(), name="with")
    written: tuple[str, ...] = ()
    unmasked: bool = False
    category: Category | None = None
    language: str | None = None


class _RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rules: tuple[_RuleRow, ...]
    category: Category | None = None


class _MaskRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    why: str
    hide: tuple[str, ...]


class _MaskFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    masks: tuple[_MaskRow, ...]


class _SpellingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    letters: dict[str, str]
    emoji: dict[str, str]
    units: dict[str, tuple[str, ...]]
    words: dict[str, tuple[str, ...]]
    glue: tuple[str, ...]
    telling: tuple[str, ...]
    ordinary: tuple[str, ...]
    fillers: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """What raises a level.

    Attributes:
        id: its name in counters and reports.
        category: the danger.
        level: how urgent it is.
        language: the language of its phrases.
        any: patterns, one of which must be found.
        together: patterns, one of which must also be found somewhere, if there are any.
        written: for languages without blanks between words: phrases, one of which must be in the letters of the text.
        unmasked: whether it sees what the masks hide.
    """

    id: str
    category: Category
    level: Level
    language: str
    any: tuple[Pattern, ...]
    together: tuple[Pattern, ...]
    written: re.Pattern[str] | None
    unmasked: bool


@dataclass(frozen=True)
class Mask:
    """A harmless phrase, hidden before the rules look, and only that phrase."""

    id: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True)
class Reading:
    """One text as the rules see it.

    Attributes:
        plain: one symbol a word.
        masked: the same length, harmless phrases hidden.
        bits: what ``plain`` has, see ``Alphabet.bits``.
        letters: the letters alone, for languages without blanks; empty when all of them are ASCII.
    """

    plain: str
    masked: str
    bits: int
    letters: str


@dataclass(frozen=True)
class Rules:
    """Everything the gate knows, immutable.

    Attributes:
        spelling: how people write.
        alphabet: the symbols of the words.
        masks: what is hidden.
        rules: what raises a level, the most urgent first.
    """

    spelling: Spelling
    alphabet: Alphabet
    masks: tuple[Mask, ...]
    rules: tuple[Rule, ...]

    @classmethod
    def load(cls, directory: Path = BUNDLED) -> Rules:
        """Reads and compiles a directory of rules.

        Raises:
            RulesError: a file is missing, unknown or not as expected, an id is used twice, or an expression cannot be
                compiled; the message names the file, and the rule where there is one.
        """
        return _Loader(directory).load()

    def read(self, text: str) -> Reading:
        """Returns the text as the rules see it."""
        plain = self.alphabet.encode(fold(text, self.spelling))
        bits = self.alphabet.bits(plain)
        letters = "" if text.isascii() else _NOT_LETTERS.sub("", clean(text).lower())
        return Reading(plain, self._hide(plain, bits), bits, letters)

    def _hide(self, plain: str, bits: int) -> str:
        hidden: list[tuple[int, int]] = []
        for mask in self.masks:
            for pattern in mask.patterns:
                if bits & pattern.needs == pattern.needs:
                    for found in pattern.regex.finditer(plain):
                        groups = range(1, pattern.regex.groups + 1) if pattern.regex.groups else (0,)
                        hidden.extend(found.span(group) for group in groups if found.start(group) >= 0)
        if not hidden:
            return plain
        symbols = list(plain)
        for start, end in hidden:
            symbols[start:end] = HIDDEN * (end - start)
        return "".join(symbols)


class _Loader:
    """Reads one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ids: set[str] = set()

    def load(self) -> Rules:
        categories = tuple(category.value for category in Category)
        self._check_names({*_TABLES, _LANGUAGES, *categories})
        table = self._file("spelling", _SpellingFile)
        words = _words(table.words)
        groups = self._file("groups", dict[str, tuple[str, ...]])
        expressions = Expressions(groups, lambda word: " ".join(words.get(_plain(word), (_plain(word),))))
        for name in groups:
            self._parse(expressions, "groups", name, (f"{{{name}}}",))

        rows = [row for name in categories for row in self._rows(name)]
        parsed = [self._parse_row(expressions, file, row) for file, row in rows]
        keys = expressions.vocabulary
        mask_rows = self._file("lookalikes", _MaskFile).masks
        hidden = [self._parse(expressions, "lookalikes", row.id, row.hide) for row in mask_rows]
        english = expressions.vocabulary
        foreign = self._rows(_LANGUAGES)
        rows += foreign
        parsed += [self._parse_row(expressions, file, row) for file, row in foreign]

        rules = [self._rule(expressions, file, row, *nodes) for (file, row), nodes in zip(rows, parsed, strict=True)]
        masks = [
            Mask(row.id, self._compile(expressions, "lookalikes", row.id, nodes, within_sentence=True))
            for row, nodes in zip(mask_rows, hidden, strict=True)
        ]
        return Rules(
            spelling=self._spelling(table, words, keys, english, expressions.vocabulary),
            alphabet=expressions.alphabet(),
            masks=tuple(masks),
            rules=tuple(sorted(rules, key=lambda rule: (-rule.level.rank, rule.category.reply_order, rule.id))),
        )

    def _check_names(self, expected: set[str]) -> None:
        found = {path.stem for path in self._directory.glob("*.yml")}
        for name in sorted(expected - found):
            raise RulesError(f"{name}.yml is missing")
        for name in sorted(found - expected):
            raise RulesError(f"{name}.yml is neither a category nor a table")

    def _file(self, name: str, kind: type[_Table]) -> _Table:
        try:
            return msgspec.yaml.decode((self._directory / f"{name}.yml").read_bytes(), type=kind)
        except (OSError, msgspec.DecodeError) as error:
            raise RulesError(f"{name}.yml: {error}") from error

    def _rows(self, name: str) -> list[tuple[str, _RuleRow]]:
        """Returns the rules of a file, each with its file's name, category and language."""
        file = self._file(name, _RuleFile)
        is_language = name == _LANGUAGES
        if not is_language and (file.category is None or file.category.value != name):
            raise RulesError(f"{name}.yml: category must be {name}")
        rows = []
        for row in file.rules:
            if row.id in self._ids:
                raise RulesError(f"{name}.yml: {row.id}: the id is used twice")
            self._ids.add(row.id)
            if (row.category is not None) != is_language or (row.language is not None) != is_language:
                raise RulesError(
                    f"{name}.yml: {row.id}: category and language belong to rules of {_LANGUAGES}.yml, and only there"
                )
            if not row.any and not row.written:
                raise RulesError(f"{name}.yml: {row.id}: no expression")
            if row.level is Level.NONE:
                raise RulesError(f"{name}.yml: {row.id}: a rule raises the level")
            category = row.category or file.category
            rows.append((name, msgspec.structs.replace(row, category=category, language=row.language or _ENGLISH)))
        return rows

    def _rule(
        self,
        expressions: Expressions,
        file: str,
        row: _RuleRow,
        any_of: tuple[_Parsed, ...],
        together: tuple[_Parsed, ...],
    ) -> Rule:
        assert row.category is not None
        assert row.language is not None
        written = [re.escape(_NOT_LETTERS.sub("", clean(phrase).lower())) for phrase in row.written]
        return Rule(
            id=row.id,
            category=row.category,
            level=row.level,
            language=row.language,
            any=self._compile(expressions, file, row.id, any_of),
            together=self._compile(expressions, file, row.id, together),
            written=re.compile("|".join(written)) if written else None,
            unmasked=row.unmasked,
        )

    def _parse_row(
        self, expressions: Expressions, file: str, row: _RuleRow
    ) -> tuple[tuple[_Parsed, ...], tuple[_Parsed, ...]]:
        return self._parse(expressions, file, row.id, row.any), self._parse(expressions, file, row.id, row.together)

    def _parse(self, expressions: Expressions, file: str, name: str, sources: tuple[str, ...]) -> tuple[_Parsed, ...]:
        nodes = []
        for source in sources:
            try:
                nodes.append((source, expressions.add(source)))
            except PatternError as error:
                raise RulesError(f"{file}.yml: {name}: {error}: {source}") from error
        return tuple(nodes)

    def _compile(
        self,
        expressions: Expressions,
        file: str,
        name: str,
        parsed: tuple[_Parsed, ...],
        *,
        within_sentence: bool = False,
    ) -> tuple[Pattern, ...]:
        patterns = []
        for source, node in parsed:
            try:
                patterns.append(expressions.compile(node, within_sentence=within_sentence))
            except PatternError as error:
                raise RulesError(f"{file}.yml: {name}: {error}: {source}") from error
        return tuple(patterns)

    def _spelling(
        self,
        table: _SpellingFile,
        words: dict[str, tuple[str, ...]],
        keys: frozenset[str],
        english: frozenset[str],
        vocabulary: frozenset[str],
    ) -> Spelling:
        phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
        for written, variants in table.words.items():
            for variant in variants:
                spelt = tuple(word for part in variant.split() for word in words.get(_plain(part), (_plain(part),)))
                if " " in variant and spelt != tuple(written.split()):
                    phrases.setdefault(spelt[0], []).append((spelt[1:], tuple(written.split())))
        key_words = [
            word for word in {*keys, *words} if len(word) >= _SHORTEST_KEY and word.isalpha() and word.isascii()
        ]
        return Spelling(
            letters={
                ord(letter): latin for latin, letters in table.letters.items() for letter in letters if letter != " "
            },
            emoji={ord(emoji): f" {word} " for word, emojis in table.emoji.items() for emoji in emojis if emoji != " "},
            units={unit: tuple(written.split()) for written, units in table.units.items() for unit in units},
            words=words,
            phrases={first: tuple(sorted(rests, key=lambda rest: -len(rest[0]))) for first, rests in phrases.items()},
            vocabulary=vocabulary,
            guessable=english,
            pieces=frozenset({*table.glue, *table.telling, *(word for word in english if len(word) > _SHORT_PIECE)}),
            telling=frozenset(table.telling),
            near=Spelling.nearby(key_words),
            sounds=Spelling.alike(key_words),
            ordinary=frozenset(table.ordinary),
            fillers=frozenset(table.fillers),
            moods=frozenset(table.moods),
        )


def _plain(word: str) -> str:
    """Returns a word of a table without capitals and diacritics, as ``fold`` would."""
    return fold(word)


def _words(table: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Returns each spelling of one word, to the words it stands for.

    Raises:
        RulesError: one spelling stands for two things.
    """
    words: dict[str, tuple[str, ...]] = {}
    for written, variants in table.items():
        for variant in variants:
            if " " not in variant:
                if words.get(variant, tuple(written.split())) != tuple(written.split()):
                    raise RulesError(f"spelling.yml: words: {variant} stands for two things")
                words[variant] = tuple(written.split())
    return words
