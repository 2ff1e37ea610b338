"""Rule expressions: regular expressions whose letters are words.

A folded text is written with one symbol a word (``Alphabet``), and an expression becomes an ordinary regular expression
over these symbols. That keeps rules short to read and cheap to run: a message of 1,000 characters is about 200 symbols,
a group of words is one character class, and every gap is bounded, so that no text can make matching explode.

    {wake} word %      a word of a group, a word, any number
    a b, (a | b), a?   one after the other, one of, perhaps
    a*3                up to three of them
    !{wake} !word      any one word but these
    ~4                 up to four words between, also across the end of a sentence; in a mask only within the sentence
    =4                 up to four words between, within the sentence
    < >                start and end of a sentence
    (?! a) (?<! a)     not followed by, not after one word
    [a]                in a mask: the part that is hidden, without it the whole match
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from bot.language.normalise import BREAK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["HIDDEN", "Alphabet", "Expression", "Expressions", "Pattern", "PatternError"]

HIDDEN = "\x02"
"""The symbol that a mask puts in the place of a word."""

_BREAK_SYMBOL = "\x01"
_UNKNOWN = "\x03"
_NUMBER = "\x04"
_FIRST_SYMBOL = 0x100
_SURROGATES = range(0xD800, 0xE000)

_LEXER = re.compile(r"\s*(\{[a-z0-9_]+\}|[~=]\d{1,2}|\(\?!|\(\?<!|\*\d|[()\[\]|?<>%!]|[^\W_]+)")
_WIDEST = 50000
_MOST_NESTED = 12


class PatternError(ValueError):
    """An expression that cannot be understood, names an unknown group, or would be slow."""


@dataclass(frozen=True)
class Pattern:
    """One compiled expression.

    Attributes:
        regex: over the symbols of an ``Alphabet``.
        needs: bits that a text must have (``Alphabet.bits``) to be worth searching.
    """

    regex: re.Pattern[str]
    needs: int


@dataclass(frozen=True)
class Alphabet:
    """The symbol of every word that some rule knows.

    Attributes:
        symbols: one character for each word.
        traits: for each symbol, a bit for each set of symbols that some pattern cannot do without.
    """

    symbols: Mapping[str, str]
    traits: Mapping[str, int]

    def encode(self, folded: str) -> str:
        """Returns the folded text as one symbol a word."""
        symbols = self.symbols
        return "".join([symbols.get(word) or (_NUMBER if word[0].isdigit() else _UNKNOWN) for word in folded.split()])

    def bits(self, encoded: str) -> int:
        """Returns what an encoded text has, to be compared with ``Pattern.needs``."""
        traits = self.traits
        return reduce(or_, [traits.get(symbol, 0) for symbol in set(encoded)], 0)

    @staticmethod
    def join(encoded: Iterable[str]) -> str:
        """Returns several encoded texts as one, each a sentence of its own."""
        return _BREAK_SYMBOL.join(encoded)


@dataclass(frozen=True)
class _Words:
    words: frozenset[str]
    any_number: bool = False
    is_negated: bool = False


@dataclass(frozen=True)
class _Sequence:
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class _Either:
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class _Repeat:
    item: Expression
    most: int


@dataclass(frozen=True)
class _Gap:
    most: int
    crosses: bool


@dataclass(frozen=True)
class _Marked:
    item: Expression


@dataclass(frozen=True)
class _Look:
    item: Expression
    opening: str


@dataclass(frozen=True)
class _Edge:
    regex: str


Expression = _Words | _Sequence | _Either | _Repeat | _Gap | _Marked | _Look | _Edge

_EDGES = {"<": _Edge(f"(?:^|(?<={_BREAK_SYMBOL}))"), ">": _Edge(f"(?={_BREAK_SYMBOL}|$)")}


class Expressions:
    """Collects expressions, then compiles them over one alphabet.

    Two steps, because the alphabet needs the words of every expression: ``add`` each of them, then ``compile`` each.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]], canonical: Callable[[str], str]) -> None:
        """Keeps the groups.

        Args:
            groups: the expressions that a group's name stands for.
            canonical: returns a word as ``fold`` writes it.
        """
        self._group_sources = groups
        self._canonical = canonical
        self._groups: dict[str, Expression] = {}
        self._open: list[str] = []
        # In the order of reading, so that the words of a group become neighbours and its character class a few ranges.
        self._words: dict[str, None] = {}
        self._symbols: dict[str, str] = {}
        self._needs: dict[frozenset[str], int] = {}
        self._classes: dict[_Words, frozenset[str]] = {}
        # A group is one node wherever it stands, and is written once.
        self._written: dict[tuple[int, bool], tuple[Expression, str]] = {}
        self._needed_by: dict[int, tuple[Expression, list[frozenset[str]]]] = {}

    def add(self, expression: str) -> Expression:
        """Returns the parsed expression.

        Raises:
            PatternError: it cannot be understood, or a group is unknown or contains itself.
        """
        return _Parser(self, expression).parse()

    def group(self, name: str) -> Expression:
        """Returns the parsed group.

        Raises:
            PatternError: as for ``add``.
        """
        if name not in self._groups:
            if name not in self._group_sources:
                raise PatternError(f"no group is called {name}")
            if name in self._open:
                raise PatternError(f"the group {name} contains itself")
            self._open.append(name)
            self._groups[name] = _either(tuple(self.add(source) for source in self._group_sources[name]))
            self._open.pop()
        return self._groups[name]

    def word(self, word: str) -> Expression:
        """Returns a word of an expression, as ``fold`` writes it, which may be several words."""
        written = self._canonical(word).split()
        self._words.update(dict.fromkeys(written))
        nodes = tuple(_Words(frozenset({part})) for part in written)
        return nodes[0] if len(nodes) == 1 else _Sequence(nodes)

    @property
    def vocabulary(self) -> frozenset[str]:
        """Every word of the expressions added so far."""
        return frozenset(self._words)

    def compile(self, node: Expression, *, within_sentence: bool = False) -> Pattern:
        """Returns a parsed expression as a pattern.

        Args:
            node: what ``add`` returned.
            within_sentence: whether no gap may cross the end of a sentence.

        Raises:
            PatternError: it begins or ends with a gap, its gaps make it slow, or it looks behind at more than a word.
        """
        if not self._symbols:
            self._symbols = dict(zip(self._words, _free_symbols(), strict=False))
        items = node.items if isinstance(node, _Sequence) else (node,)
        if isinstance(items[0], _Gap) or isinstance(items[-1], _Gap):
            raise PatternError("a gap at the start or the end")
        if _width(node) > _WIDEST:
            raise PatternError(f"its gaps allow {_width(node)} ways, {_WIDEST} at most")
        regex = re.compile(self._regex(node, within_sentence=within_sentence), re.DOTALL)
        needs = 0
        for symbols in self._needed(node):
            needs |= self._needs.setdefault(symbols, 1 << len(self._needs))
        return Pattern(regex, needs)

    def alphabet(self) -> Alphabet:
        """Returns the alphabet; call it after the last ``compile``."""
        traits: dict[str, int] = {}
        for symbols, bit in self._needs.items():
            for symbol in symbols:
                traits[symbol] = traits.get(symbol, 0) | bit
        return Alphabet({**self._symbols, BREAK: _BREAK_SYMBOL}, traits)

    def _class(self, node: _Words) -> frozenset[str]:
        if node not in self._classes:
            numbers = [word for word in self._symbols if word.isdigit()] if node.any_number else []
            symbols = {self._symbols[word] for word in (*node.words, *numbers)}
            self._classes[node] = frozenset(symbols | {_NUMBER} if node.any_number else symbols)
        return self._classes[node]

    def _regex(self, node: Expression, *, within_sentence: bool) -> str:
        key = (id(node), within_sentence)
        if key not in self._written:
            self._written[key] = (node, self._write(node, within_sentence=within_sentence))
        return self._written[key][1]

    def _write(self, node: Expression, *, within_sentence: bool) -> str:
        def inner(item: Expression) -> str:
            return self._regex(item, within_sentence=within_sentence)

        if isinstance(node, _Words):
            if node.is_negated:
                return _character_class(self._class(node) | {_BREAK_SYMBOL}, negated=True)
            return _character_class(self._class(node))
        if isinstance(node, _Sequence):
            return "".join(inner(item) for item in node.items)
        if isinstance(node, _Either):
            return "(?:" + "|".join(inner(item) for item in node.items) + ")"
        if isinstance(node, _Repeat):
            return f"(?:{inner(node.item)}){{0,{node.most}}}"
        if isinstance(node, _Gap):
            return f"{'.' if node.crosses and not within_sentence else f'[^{_BREAK_SYMBOL}]'}{{0,{node.most}}}?"
        if isinstance(node, _Marked):
            return f"({inner(node.item)})"
        if isinstance(node, _Look):
            if node.opening == "(?<!" and not isinstance(node.item, _Words):
                raise PatternError("only single words may be looked behind at")
            return f"{node.opening}{inner(node.item)})"
        return node.regex

    def _needed(self, node: Expression) -> list[frozenset[str]]:
        """Returns sets of symbols of each of which a text must have one, or the expression cannot match."""
        if id(node) not in self._needed_by:
            self._needed_by[id(node)] = (node, self._find_needed(node))
        return self._needed_by[id(node)][1]

    def _find_needed(self, node: Expression) -> list[frozenset[str]]:
        if isinstance(node, _Words):
            return [] if node.is_negated else [self._class(node)]
        if isinstance(node, _Sequence):
            return [symbols for item in node.items for symbols in self._needed(item)]
        if isinstance(node, _Either):
            needed = [self._needed(item) for item in node.items]
            return [frozenset().union(*(min(sets, key=len) for sets in needed))] if all(needed) else []
        return self._needed(node.item) if isinstance(node, _Marked) else []


class _Parser:
    """Reads one expression."""

    def __init__(self, expressions: Expressions, source: str) -> None:
        self._expressions = expressions
        self._tokens = _tokens(source)
        self._place = 0
        self._depth = 0

    def parse(self) -> Expression:
        node = self._alternatives()
        if self._place < len(self._tokens):
            raise PatternError(f"unexpected {self._tokens[self._place]}")
        return node

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _alternatives(self) -> Expression:
        items = [self._sequence()]
        while self._peek() == "|":
            self._place += 1
            items.append(self._sequence())
        return _either(tuple(items))

    def _sequence(self) -> Expression:
        items: list[Expression] = []
        while self._peek() not in {"", "|", ")", "]"}:
            item = self._atom()
            if self._peek() == "?":
                self._place += 1
                item = _Repeat(item, 1)
            elif self._peek()[:1] == "*":
                item = _Repeat(item, int(self._peek()[1]))
                self._place += 1
            items.append(item)
        if not items:
            raise PatternError("nothing to match")
        return items[0] if len(items) == 1 else _Sequence(tuple(items))

    def _atom(self) -> Expression:
        token = self._peek()
        self._place += 1
        if token[0] == "{":
            return self._expressions.group(token[1:-1])
        if token[0] in "~=":
            return _Gap(int(token[1]), crosses=token[0] == "~")
        if token == "!":
            node = self._atom()
            if not isinstance(node, _Words) or node.is_negated:
                raise PatternError("only single words may be excluded")
            return _Words(node.words, node.any_number, is_negated=True)
        if token == "%":
            return _Words(frozenset(), any_number=True)
        if token in _EDGES:
            return _EDGES[token]
        if token in {"(", "[", "(?!", "(?<!"}:
            self._depth += 1
            if self._depth > _MOST_NESTED:
                raise PatternError("too many brackets")
            node = self._alternatives()
            if self._peek() != ("]" if token == "[" else ")"):
                raise PatternError("a bracket is not closed")
            self._place += 1
            self._depth -= 1
            if token == "[":
                return _Marked(node)
            return node if token == "(" else _Look(node, token)
        if token[0].isalnum():
            return self._expressions.word(token)
        raise PatternError(f"unexpected {token}")


def _tokens(source: str) -> list[str]:
    tokens: list[str] = []
    place = 0
    stripped = source.rstrip()
    while place < len(stripped):
        found = _LEXER.match(stripped, place)
        if found is None:
            raise PatternError(f"cannot read {stripped[place:]}")
        tokens.append(found.group(1))
        place = found.end()
    return tokens


def _either(items: tuple[Expression, ...]) -> Expression:
    """Returns the choice between the items, with all the single words in one set."""
    flat: list[Expression] = []
    for item in items:
        flat.extend(item.items if isinstance(item, _Either) else (item,))
    words = [item for item in flat if isinstance(item, _Words) and not item.is_negated]
    others = list(dict.fromkeys(item for item in flat if item not in words))
    if words:
        merged = _Words(frozenset().union(*(item.words for item in words)), any(item.any_number for item in words))
        # Longer alternatives first, so that a mask hides all of a phrase and not its first word alone.
        others.append(merged)
    return others[0] if len(others) == 1 else _Either(tuple(others))


def _width(node: Expression) -> int:
    """Returns in how many ways the gaps and repeats of an expression can fall."""
    if isinstance(node, _Gap):
        return node.most + 1
    if isinstance(node, _Repeat):
        return (node.most + 1) * _width(node.item)
    if isinstance(node, _Sequence):
        return reduce(lambda product, item: product * _width(item), node.items, 1)
    if isinstance(node, _Either):
        return max(_width(item) for item in node.items)
    return _width(node.item) if isinstance(node, _Marked | _Look) else 1


def _free_symbols() -> Iterator[str]:
    code = _FIRST_SYMBOL
    while True:
        if code not in _SURROGATES:
            yield chr(code)
        code += 1


def _character_class(symbols: frozenset[str], *, negated: bool = False) -> str:
    """Returns the symbols as a character class, neighbours as ranges."""
    parts: list[str] = []
    codes = sorted(map(ord, symbols))
    start = 0
    for place in range(1, len(codes) + 1):
        if place == len(codes) or codes[place] != codes[place - 1] + 1:
            first, last = codes[start], codes[place - 1]
            parts.append(chr(first) if first == last else f"{chr(first)}-{chr(last)}")
            start = place
    return f"[{'^' if negated else ''}{''.join(parts)}]"
