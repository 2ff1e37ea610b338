"""Reads ``data/content/`` into documents. What is read is well-formed; whether it may be published is the linter's job."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
import yaml

from bot.answers.models import (
    Action,
    Answer,
    CrisisCard,
    Helplines,
    Interaction,
    Phrase,
    Referral,
    Scale,
    SourceRecord,
)
from bot.errors import ContentError
from bot.reply import RatingLevel

__all__ = ["Content", "Document", "Located", "Problem", "line_of", "load", "load_crisis"]

Document = Answer | Interaction | CrisisCard | Helplines | Phrase
T = TypeVar("T")


@dataclass(frozen=True)
class Problem:
    """Something wrong with a content file: where, and how to mend it."""

    path: str
    line: int
    reason: str

    def __str__(self) -> str:
        """Return it as one line that editors can jump to."""
        return f"{self.path}:{self.line}: {self.reason}"


@dataclass(frozen=True)
class Located:
    """A document and the file that it stands in."""

    document: Document
    path: Path


@dataclass(frozen=True)
class Content:
    """Everything under ``data/content/``."""

    documents: Mapping[str, Located]
    sources: Mapping[str, SourceRecord]
    scale: Mapping[str, Scale]
    signs: Mapping[str, Action]
    actions: Mapping[str, Action]
    referrals: Mapping[str, Referral]
    denied_numbers: tuple[str, ...]
    source_files: Mapping[str, Path] = field(default_factory=dict)

    def of(self, kind: type[T]) -> Iterator[T]:
        """Yield every document of a kind, in the order of their ids."""
        for _, located in sorted(self.documents.items()):
            if isinstance(located.document, kind):
                yield located.document


_FOLDERS: Mapping[str, Any] = MappingProxyType(
    {
        "answers": Answer,
        "declines": Answer,
        "interactions": Interaction,
        "crisis": CrisisCard,
        "helplines": Helplines,
        "phrases": Phrase,
    }
)


_TRUE_OR_FALSE = re.compile(r"^(?:true|false)$")


class _Loader(yaml.CSafeLoader):
    """YAML in which no key stands twice, ``on`` is a key and "no" an answer: only ``true`` and ``false`` are truth values."""

    yaml_implicit_resolvers = {
        first: [(tag, _TRUE_OR_FALSE if tag.endswith(":bool") else pattern) for tag, pattern in resolvers]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Refuse a key that stands twice; PyYAML would let the last one win in silence."""
        keys = [key.value for key, _ in node.value]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise yaml.constructor.ConstructorError(None, None, f"{twice} stands twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def load(directory: Path) -> Content:
    """Read the whole folder.

    Raises:
        ContentError: with every file that cannot be read, one a line.
    """
    problems: list[Problem] = []
    documents: dict[str, Located] = {}
    for folder, kind in _FOLDERS.items():
        for path in sorted((directory / folder).rglob("*.yml")):
            document = _read(path, kind, problems, directory)
            if document is None:
                continue
            if document.id in documents:
                other = documents[document.id].path.relative_to(directory)
                problems.append(Problem(_name(path, directory), 1, f"id {document.id} also stands in {other}"))
            documents[document.id] = Located(document, path)
    sources: dict[str, SourceRecord] = {}
    source_files: dict[str, Path] = {}
    for path in sorted((directory / "sources").glob("*.yml")):
        for key, record in (_read(path, dict[str, SourceRecord], problems, directory) or {}).items():
            if key in sources:
                problems.append(Problem(_name(path, directory), line_of(path, f"{key}:"), f"source {key} stands twice"))
            sources[key] = record
            source_files[key] = path

    def table(name: str, kind: type[T]) -> dict[str, T]:
        return _read(directory / "tables" / name, dict[str, kind], problems, directory) or {}  # type: ignore[valid-type]

    content = Content(
        documents=documents,
        sources=sources,
        scale=table("scale.yml", Scale),
        signs=table("signs.yml", Action),
        actions=table("actions.yml", Action),
        referrals=table("referrals.yml", Referral),
        denied_numbers=tuple(_read(directory / "helplines" / "deny.txt", None, problems, directory) or ()),
        source_files=source_files,
    )
    if missing := [level.value for level in RatingLevel if level.value not in content.scale]:
        problems.append(Problem("tables/scale.yml", 1, f"level {missing[0]} is missing"))
    if problems:
        raise ContentError("\n".join(str(problem) for problem in problems))
    return content


def load_crisis(directory: Path) -> Content:
    """Read only what a crisis reply needs, so that nothing else in the folder can keep it from being shown.

    Raises:
        ContentError: if a crisis card, a helpline table or a phrase cannot be read.
    """
    problems: list[Problem] = []
    documents = {
        document.id: Located(document, path)
        for folder in ("crisis", "helplines", "phrases")
        for path in sorted((directory / folder).glob("*.yml"))
        if (document := _read(path, _FOLDERS[folder], problems, directory)) is not None
    }
    if problems:
        raise ContentError("\n".join(str(problem) for problem in problems))
    empty: Mapping[str, Any] = MappingProxyType({})
    sources = _read(directory / "sources" / "emergency.yml", dict[str, SourceRecord], [], directory) or {}
    return Content(documents, sources, empty, empty, empty, empty, ())


def line_of(path: Path, fragment: str) -> int:
    """Return the line on which a text stands in a file, 1 when it cannot be found (it may be folded over lines)."""
    start = fragment[:40]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if start in line:
            return number
    return 1


def _read(path: Path, kind: Any, problems: list[Problem], directory: Path) -> Any:
    name = _name(path, directory)
    try:
        text = path.read_text(encoding="utf-8")
        if kind is None:
            return [line.split("#")[0].strip() for line in text.splitlines() if line.split("#")[0].strip()]
        return msgspec.convert(_Loader(text).get_single_data(), kind)
    except (OSError, UnicodeDecodeError):
        problems.append(Problem(name, 1, "cannot be read"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(Problem(name, line, f"is not YAML: {error.problem}"))
    except msgspec.ValidationError as error:
        problems.append(Problem(name, _line_of_error(path, str(error)), str(error)))
    except (yaml.YAMLError, ValueError) as error:
        problems.append(Problem(name, 1, f"is not YAML: {error}".splitlines()[0]))
    return None


def _line_of_error(path: Path, message: str) -> int:
    """Find the line of ``… - at `$.sentences[0].kind` `` or ``unknown field `colour` `` in the file."""
    quoted = [piece for piece in message.split("`")[1::2] if piece]
    keys = [piece.rsplit(".", 1)[-1].split("[")[0] for piece in reversed(quoted)]
    return next((line for key in keys if (line := line_of(path, f"{key}:")) > 1), 1)


def _name(path: Path, directory: Path) -> str:
    return str(path.relative_to(directory.parent.parent)) if directory.parent.parent in path.parents else path.name
