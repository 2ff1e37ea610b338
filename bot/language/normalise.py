"""Two steps from what people type to what can be compared.

``clean`` is for everything that comes in: it removes what cannot be seen and keeps the words as they are. ``fold`` is for
matching alone: it writes the many spellings of a word as one, so that a rule needs to know only that one. The spellings
are data (``bot/safety/rules/spelling.yml``); this module holds the steps.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["BREAK", "PLAIN", "Spelling", "clean", "edits", "fold", "sound"]

BREAK = "."
"""How ``fold`` writes the end of a sentence: a word of its own."""

# Characters that show nothing but are not in the Unicode categories of controls: combining grapheme joiner, Hangul
# fillers, Khmer inherent vowels, Mongolian and general variation selectors, and the blank Braille pattern.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_REMOVED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})
_LINE_END = re.compile("[^\\S\n]*[\n\x0b\x0c\r\x85\u2028\u2029][\\s]*")
_BLANK = re.compile("[^\\S\n]+")

_MARKS_ON_LATIN = re.compile(
    "([\x00-\x7f])[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_SYMBOLS = re.compile("[\U0001f100-\U0001f1ff]")
_TAG = re.compile(r"</?[a-z]{1,9}>")
# Greek, Cyrillic and the like begin here, phonetic small capitals and symbols for Latin letters further on.
_FIRST_OTHER = 0x370
_FIRST_PHONETIC = 0x1D00
_APOSTROPHES = "'’‘`´ʼ‛′"
_ELISION = re.compile(rf"\b(qu|[cdjlmnst])[{_APOSTROPHES}](?=[^\W\d_]{{2}})")
_WITH_APOSTROPHE = re.compile(rf"\b([a-z]+)[{_APOSTROPHES}]([a-z]+)\b")
_CONTRACTIONS = {"ll": " will", "re": " are", "ve": " have", "m": " am"}
_APOSTROPHE = re.compile(f"[{_APOSTROPHES}]")
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:[ .,_*/\-]{1,3}[^\W_](?![^\W_])){2,}")
_BETWEEN_LETTERS = re.compile(r"[ .,_*/\-]+")
_TOKEN = re.compile(r"\d+(?:[.,:]\d+)+|[@$]?[^\W_]+(?:[@$!*|][^\W_]+)*|[.!?;\n]+|[&+]")
_NUMBER_FIRST = re.compile(r"(\d+)([^\W\d_]+)")
_NUMBER_LAST = re.compile(r"([^\W\d_]+)(\d+)")
_NOT_PLAIN = re.compile(r"[\d@$!*|]")
_RUN = re.compile(r"(.)\1{2,}")
_LEET = {
    first: str.maketrans(
        {"0": "o", "1": first, "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": first, "|": "l"}
    )
    for first in "il"
}
_CENSORED = "ieaou"
_MOST_CENSORED = 2

# Words are glued by people in panic and by voice input; nobody glues more than a sentence or two.
_GLUED = range(8, 121)
_LONGEST_PIECE = 16
_FEWEST_PIECES = 3
# Near misses. A token has 4 to 17 letters; what counts as near depends on the length of the key word, see ``_is_near``.
_KEY_LENGTHS = range(4, 18)
_MIDDLE_KEY = 5
_LONGER_KEY = 8
_LONGEST_KEY = 11
_SHORTEST_HEARD = 6
_FEWEST_CONSONANTS = 3
_VOWELS = frozenset("aeiou")
_SOFT_C = re.compile("c(?=[eiy])")
_CONSONANTS = str.maketrans("cqz", "kks", "aeiouyhw")
_RUN_OF_ONE = re.compile(r"(.)\1+")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = frozenset(
    pair
    for row, below in zip(_KEYBOARD, (*_KEYBOARD[1:], ""), strict=True)
    for place, key in enumerate(row)
    for other in row[place + 1 : place + 2] + below[max(place - 1, 0) : place + 1]
    for pair in ((key, other), (other, key))
)


@dataclass(frozen=True)
class Spelling:
    """What ``fold`` knows about words, read from ``spelling.yml``.

    Attributes:
        letters: code point of a letter or mark that looks like a Latin one, to that letter.
        emoji: code point of an emoji that matters, to the word that stands for it, with blanks around it.
        units: letters that may follow a number without a blank, to the words they stand for.
        words: a spelling, to the words it stands for.
        phrases: first word of a spelling of several words, to the rest of it and the words it stands for, longest first.
        vocabulary: every word that some rule knows; none of them is a misspelling.
        guessable: the words that may come out of a guess (leetspeak, repeated letters, glued words), so that a guess
            never makes up a word.
        pieces: the words that a glued token may be made of.
        telling: the pieces of which it must have one, so that "production" does not become "product i on".
        near: key words with letters left out, to the key words they may be, see ``nearby``.
        sounds: the consonants of key words, to the key words, see ``sound``.
        ordinary: English words that resemble a key word, or look glued, and must stay as they are.
        fillers: sounds of thinking, left out.
        moods: words of emoji that show a mood, which may stand anywhere in a sentence.
    """

    letters: Mapping[int, str] = field(default_factory=dict)
    emoji: Mapping[int, str] = field(default_factory=dict)
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    phrases: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]] = field(default_factory=dict)
    vocabulary: frozenset[str] = frozenset()
    guessable: frozenset[str] = frozenset()
    pieces: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()
    near: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sounds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ordinary: frozenset[str] = frozenset()
    fillers: frozenset[str] = frozenset()
    moods: frozenset[str] = frozenset()

    def knows(self, word: str) -> bool:
        """Returns whether a guess may be this word."""
        return word in self.guessable or word in self.words

    def known(self, word: str) -> tuple[str, ...]:
        """Returns the words that a spelling stands for: itself, if the table does not say otherwise."""
        return self.words.get(word, (word,))

    @staticmethod
    def nearby(key_words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Returns the key words by what is left of them without a letter, or without two if they are long.

        Two words that differ by one edit have a common rest when at most one letter of each is left out, which makes
        looking for near misses a matter of a few dictionary lookups.
        """
        table: dict[str, tuple[str, ...]] = {}
        for word in key_words:
            for rest in _rests(word, _LONGEST_KEY):
                table[rest] = (*table.get(rest, ()), word)
        return table

    @staticmethod
    def alike(key_words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Returns the key words by their consonants, the short ones left out."""
        table: dict[str, tuple[str, ...]] = {}
        for word in key_words:
            consonants = sound(word)
            if len(word) >= _SHORTEST_HEARD and len(consonants) >= _FEWEST_CONSONANTS:
                table[consonants] = (*table.get(consonants, ()), word)
        return table


PLAIN = Spelling()
"""No tables at all: ``fold`` then does only what needs no data."""


def clean(text: str) -> str:
    """Returns the text without what cannot be seen: what the gateway applies to all input.

    Unicode is composed (NFKC), control, format, private and blank characters are removed, and blanks are folded into
    one. A line end stays one line end, because it ends a sentence where people do not write full stops. Cleaning twice
    changes nothing. The length is not capped here.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    text = _LINE_END.sub("\n", text)
    if not text.isprintable():
        text = "".join(
            letter
            for letter in text
            if letter == "\n" or unicodedata.category(letter) not in _REMOVED_CATEGORIES or letter.isspace()
        )
        if not text.isascii():
            # What was removed may have stood between a letter and its mark.
            text = unicodedata.normalize("NFKC", text)
    return _BLANK.sub(" ", text).strip()


def fold(text: str, spelling: Spelling = PLAIN) -> str:
    """Returns the text in the one spelling that rules are written in, words parted by single blanks.

    Lower case, no diacritics on Latin letters, no punctuation but ``BREAK`` at the end of a sentence. Look-alike letters
    of other scripts, leetspeak, repeated, spaced and glued letters, chat spellings and near misses of key words become
    the plain word where the tables know it, and stay as typed where they do not.
    """
    text = _TAG.sub(" ", clean(text).lower())
    if not text.isascii():
        text = _fold_letters(text, spelling)
    text = _fold_apostrophes(text, spelling)
    text = _SPACED.sub(lambda found: _unspaced(found.group(), spelling), text)
    words: list[str] = []
    for found in _TOKEN.finditer(text):
        token = found.group()
        if token[0] in ".!?;\n":
            is_ellipsis = len(token) > 1 and set(token) == {"."}
            if words and words[-1] != BREAK and not is_ellipsis:
                words.append(BREAK)
        elif token in "&+":
            words.append("and" if token == "&" else "plus")
        else:
            words.extend(_spell(token, spelling))
    return " ".join(_join_phrases(_without_staccato(_without_fillers(words, spelling)), spelling))


def _fold_letters(text: str, spelling: Spelling) -> str:
    text = text.translate(spelling.emoji)
    text = unicodedata.normalize("NFD", text)
    text = unicodedata.normalize("NFC", _MARKS_ON_LATIN.sub(r"\1", text))
    # Letters in boxes and flags are symbols, not letters, and belong to no other script.
    text = _SYMBOLS.sub(lambda found: spelling.letters.get(ord(found.group()), found.group()), text)
    mostly_latin = sum(letter.isascii() for letter in text) * 2 > len(text)

    def plain(found: re.Match[str]) -> str:
        word = found.group()
        if word.isascii():
            return word
        folded = word.translate(spelling.letters)
        is_latin = mostly_latin or any(ord(letter) < _FIRST_OTHER or ord(letter) >= _FIRST_PHONETIC for letter in word)
        return folded if is_latin and folded.isascii() else word

    return _LETTERS.sub(plain, text)


def _fold_apostrophes(text: str, spelling: Spelling) -> str:
    if not any(mark in text for mark in _APOSTROPHES):
        return text

    def expanded(found: re.Match[str]) -> str:
        word, ending = found.groups()
        known = spelling.words.get(f"{word}'{ending}")
        if known is not None:
            return " ".join(known)
        if ending in _CONTRACTIONS:
            return word + _CONTRACTIONS[ending]
        # "he's" is two words, which the table knows as "hes"; "friend's" is a friend's, or a friend is.
        return word if ending == "s" and word + "s" not in spelling.words else word + ending

    text = _WITH_APOSTROPHE.sub(expanded, _ELISION.sub(r"\1 ", text))
    return _APOSTROPHE.sub("", text)


def _unspaced(spaced: str, spelling: Spelling) -> str:
    joined = _BETWEEN_LETTERS.sub("", spaced)
    if spelling.knows(joined):
        return joined
    guess = _leet(joined, spelling) or _key_word(joined, spelling)
    if guess is not None:
        return guess
    pieces = _unglued(joined, spelling, shortest=4, fewest=1)
    return spaced if pieces is None else " ".join(pieces)


def _spell(token: str, spelling: Spelling) -> tuple[str, ...]:
    known = spelling.words.get(token)
    if known is not None:
        return known
    if token in spelling.vocabulary or token in spelling.ordinary or not spelling.vocabulary:
        return (token,)
    if _NOT_PLAIN.search(token):
        return _spell_mixed(token, spelling)
    return _spell_letters(token, spelling)


def _spell_mixed(token: str, spelling: Spelling) -> tuple[str, ...]:
    if token.isdigit():
        return (token,)
    if (found := _NUMBER_FIRST.fullmatch(token)) and (unit := spelling.units.get(found.group(2))):
        return (found.group(1), *unit)
    guess = _leet(token, spelling) or _uncensored(token, spelling)
    if guess is not None:
        return spelling.known(guess)
    parts = [part for part in re.split(r"[@$!*|]+", token) if part]
    if len(parts) == 1 and parts[0] != token:
        return _spell(parts[0], spelling)
    if len(parts) > 1:
        joined = "".join(parts)
        if "*" in token and (guess := joined if spelling.knows(joined) else _key_word(joined, spelling)):
            return spelling.known(guess)
        return tuple(word for part in parts for word in _spell(part, spelling))
    found = _NUMBER_FIRST.fullmatch(token) or _NUMBER_LAST.fullmatch(token)
    if found and (spelling.knows(found.group(1)) or spelling.knows(found.group(2))):
        return tuple(word for part in found.groups() for word in _spell(part, spelling))
    return (token,)


def _spell_letters(token: str, spelling: Spelling) -> tuple[str, ...]:
    if _RUN.search(token):
        shortest = _RUN.sub(r"\1", token)
        for guess in (_RUN.sub(r"\1\1", token), shortest):
            if spelling.knows(guess):
                return spelling.known(guess)
        token = shortest
    if len(token) > 3 and token[-1] == token[-2] and spelling.knows(token[:-1]):
        return spelling.known(token[:-1])
    key = _key_word(token, spelling)
    if key is not None:
        return spelling.known(key)
    return _unglued(token, spelling, shortest=_GLUED.start) or (token,)


def _leet(token: str, spelling: Spelling) -> str | None:
    for table in _LEET.values():
        guess = token.translate(table)
        if guess != token:
            if len(guess) > 2 and spelling.knows(guess):
                return guess
            key = _key_word(guess, spelling) if guess.isalpha() else None
            if key is not None:
                return key
    return None


def _uncensored(token: str, spelling: Spelling) -> str | None:
    if not 1 <= token.count("*") <= _MOST_CENSORED:
        return None
    for letters in product(_CENSORED, repeat=token.count("*")):
        guess = token
        for letter in letters:
            guess = guess.replace("*", letter, 1)
        if spelling.knows(guess):
            return guess
    return None


def _key_word(token: str, spelling: Spelling) -> str | None:
    """Returns the key word that the token misses by little, with the same first letter, if there is one."""
    if len(token) not in _KEY_LENGTHS or token in spelling.ordinary:
        return None
    found: set[tuple[int, str]] = set()
    for rest in _rests(token, _LONGEST_KEY - 2):
        for key in spelling.near.get(rest, ()):
            if key[0] == token[0] and _is_near(token, key):
                found.add((edits(token, key), key))
    # Who spells by ear gets the vowels wrong, often more than one: "pregnint", "seezure".
    for key in spelling.sounds.get(sound(token), ()):
        if key[0] == token[0] and (distance := edits(token, key)) <= len(key) // 3:
            found.add((distance, key))
    return min(found)[1] if found else None


def _is_near(token: str, key: str) -> bool:
    """Returns whether one may be a slip for the other.

    A slip is one edit, two in the longest words. In short words not every edit counts, because it makes too many other
    words: two neighbours swapped or a letter doubled always do, a key beside the right one does, a letter left out or
    put in does from five letters on, a wrong vowel too, any wrong letter from eight.
    """
    distance = edits(token, key)
    if len(key) >= _LONGEST_KEY:
        return distance <= 2
    if distance != 1:
        return False
    if len(token) == len(key):
        wrong = [pair for pair in zip(token, key, strict=True) if pair[0] != pair[1]]
        is_vowel = len(key) >= _MIDDLE_KEY and _VOWELS.issuperset(wrong[0])
        return len(wrong) > 1 or len(key) >= _LONGER_KEY or wrong[0] in _NEIGHBOURS or is_vowel
    return len(key) >= _MIDDLE_KEY or (
        len(token) > len(key) and _RUN_OF_ONE.sub(r"\1", token) == _RUN_OF_ONE.sub(r"\1", key)
    )


def sound(word: str) -> str:
    """Returns the consonants of a word, those that sound the same written the same and doubled ones once."""
    word = _SOFT_C.sub("s", word.replace("ph", "f").replace("x", "ks"))
    return _RUN_OF_ONE.sub(r"\1", word.translate(_CONSONANTS))


def _rests(word: str, long: int) -> set[str]:
    """Returns the word, and the word without any one letter, or any two if it has ``long`` letters or more."""
    rests = {word} | {word[:place] + word[place + 1 :] for place in range(len(word))}
    if len(word) >= long:
        rests |= {rest[:place] + rest[place + 1 :] for rest in list(rests) for place in range(len(rest))}
    return rests


def edits(one: str, other: str) -> int:
    """Returns how many letters must be put in, left out or changed, or neighbours swapped, to make one word the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, wanted in enumerate(other, start=1):
            cost = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]


def _unglued(token: str, spelling: Spelling, shortest: int, fewest: int = _FEWEST_PIECES) -> tuple[str, ...] | None:
    """Returns the fewest known words that make up the token, if it is made of known words alone."""
    length = len(token)
    if not shortest <= length < _GLUED.stop:
        return None
    costs: list[int | None] = [0] + [None] * length
    starts = [0] * (length + 1)
    for start in range(length):
        cost = costs[start]
        if cost is None:
            continue
        for end in range(start + 1, min(start + _LONGEST_PIECE, length) + 1):
            if token[start:end] in spelling.pieces:
                total = cost + (1 if end - start > 2 else 2)
                best = costs[end]
                if best is None or total < best:
                    costs[end], starts[end] = total, start
    if costs[length] is None:
        return None
    pieces: list[str] = []
    end = length
    while end:
        pieces.append(token[starts[end] : end])
        end = starts[end]
    if len(pieces) < fewest or (fewest > 1 and spelling.telling.isdisjoint(pieces)):
        return None
    return tuple(word for piece in reversed(pieces) for word in spelling.known(piece))


def _without_fillers(words: list[str], spelling: Spelling) -> list[str]:
    """Returns the words without "um" and "uh", and with mood emoji at the end, where they part no words."""
    if spelling.fillers.isdisjoint(words) and spelling.moods.isdisjoint(words):
        return words
    moods = list(dict.fromkeys(word for word in words if word in spelling.moods))
    return [word for word in words if word not in spelling.fillers and word not in spelling.moods] + moods


def _without_staccato(words: list[str]) -> list[str]:
    """Returns the words without the breaks of "He. Wont. Wake. Up": three sentences or more of one word each."""
    kept: list[str] = []
    place = 0
    while place < len(words):
        run = place
        while run + 1 < len(words) and words[run] != BREAK and words[run + 1] == BREAK:
            run += 2
        if run - place >= 6:
            kept.extend(word for word in words[place:run] if word != BREAK)
            place = run
        else:
            kept.append(words[place])
            place += 1
    return kept


def _join_phrases(words: list[str], spelling: Spelling) -> list[str]:
    if not spelling.phrases:
        return words
    joined: list[str] = []
    place = 0
    while place < len(words):
        for rest, replacement in spelling.phrases.get(words[place], ()):
            if tuple(words[place + 1 : place + 1 + len(rest)]) == rest:
                joined.extend(replacement)
                place += 1 + len(rest)
                break
        else:
            joined.append(words[place])
            place += 1
    return joined
