"""A release: an immutable, content-addressed set of revisions, loaded whole into memory.

A revision is one document with its hash. Two releases with the same id hold the same words. Nothing here reads a file
or a database: ``build`` makes a release of content that passed the lint, ``bot.storage.releases`` keeps it.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from bot.answers.models import (
    Action,
    Answer,
    Checked,
    CrisisCard,
    Helplines,
    Interaction,
    Phrase,
    Referral,
    Risk,
    Scale,
    SourceRecord,
)
from bot.answers.repository import Content, Document
from bot.errors import ContentError
from bot.reply import Status, Value

__all__ = ["Release", "Revision", "Tables", "build", "decode", "digest", "due", "encode", "identify", "unsigned"]

T = TypeVar("T")
_KINDS: Mapping[str, type[Any]] = MappingProxyType(
    {
        "answer": Answer,
        "interaction": Interaction,
        "crisis": CrisisCard,
        "helplines": Helplines,
        "phrase": Phrase,
    }
)
_KIND_OF = MappingProxyType({kind: name for name, kind in _KINDS.items()})
# How long a check holds, in days (content model, "Past due is not served").
_DAYS = MappingProxyType({Risk.HIGH: 180, Risk.MEDIUM: 365, Risk.LOW: 365})
_DAYS_OF_HELPLINES = 90


class Tables(Value, frozen=True):
    """The shared small texts and the sources that the revisions of a release point to."""

    sources: dict[str, SourceRecord]
    scale: dict[str, Scale]
    signs: dict[str, Action]
    actions: dict[str, Action]
    referrals: dict[str, Referral]


@dataclass(frozen=True)
class Revision:
    """One document as it was published: what it says, its hash, where it stands in its life."""

    id: str
    hash: str
    document: Document
    status: Status

    @property
    def short(self) -> str:
        """Return the revision as the reply contract shows it."""
        return f"sha256:{self.hash[:12]}"


@dataclass(frozen=True)
class Release:
    """What is served."""

    id: str
    revisions: Mapping[str, Revision]
    tables: Tables
    withdrawn: frozenset[str] = field(default=frozenset())

    def get(self, document_id: str, kind: type[T]) -> T | None:
        """Return a document by its id, or None when there is none of that kind."""
        revision = self.revisions.get(document_id)
        return revision.document if revision and isinstance(revision.document, kind) else None

    def of(self, kind: type[T]) -> Iterator[T]:
        """Yield every document of a kind."""
        for revision in self.revisions.values():
            if isinstance(revision.document, kind):
                yield revision.document

    @cached_property
    def countries(self) -> Mapping[str, Helplines]:
        """The helpline tables by country code."""
        return {table.country: table for table in self.of(Helplines)}


def build(content: Content) -> Release:
    """Make a release of content. The caller has linted it.

    Raises:
        ContentError: if a document was not checked by a second reader.
    """
    unchecked = sorted(i for i, located in content.documents.items() if located.document.checked is None)
    if unchecked:
        raise ContentError(f"{unchecked[0]} and {len(unchecked) - 1} more were not checked by a second reader.")
    revisions = {
        document_id: Revision(document_id, _hash(located.document), located.document, Status.SOURCE_CHECKED)
        for document_id, located in sorted(content.documents.items())
    }
    tables = Tables(
        dict(content.sources), dict(content.scale), dict(content.signs), dict(content.actions), dict(content.referrals)
    )
    return Release(identify(revisions, tables), revisions, tables)


def identify(revisions: Mapping[str, Revision], tables: Tables) -> str:
    """Return the id of a release: the sha256 of everything in it."""
    digest = hashlib.sha256(_canonical(tables))
    for _, revision in sorted(revisions.items()):
        digest.update(f"{revision.id}={revision.hash}\n".encode())
    return digest.hexdigest()


def encode(document: Document) -> bytes:
    """Return a document as canonical JSON, tagged with its kind."""
    return _canonical({"kind": _KIND_OF[type(document)], "document": document})


def decode(data: bytes) -> Document:
    """Read back what ``encode`` wrote.

    Raises:
        ContentError: if the bytes are not a document of this schema.
    """
    try:
        tagged = msgspec.json.decode(data)
        document: Document = msgspec.convert(tagged["document"], _KINDS[tagged["kind"]])
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise ContentError("A stored revision cannot be read. Publish the content again.") from error
    return document


def digest(document: Document) -> str:
    """Return the sha256 of a document, in hexadecimal."""
    return _hash(document)


def due(document: Document) -> datetime.date:
    """Return the day from which a document is no longer shown. One that was never checked is past due."""
    checked: Checked | None = document.checked
    if checked is None:
        return datetime.date.min
    if isinstance(document, Helplines):
        return checked.on + datetime.timedelta(days=_DAYS_OF_HELPLINES)
    risk = document.risk if isinstance(document, Answer) else Risk.LOW if isinstance(document, Phrase) else Risk.HIGH
    return checked.on + datetime.timedelta(days=_DAYS[risk])


def unsigned(release: Release, countries: Iterable[str]) -> list[str]:
    """Return what production may not start without: crisis cards and the helplines of its countries, not approved yet."""
    needed = {f"helplines.{country}" for country in countries}
    return [
        revision.id
        for revision in release.revisions.values()
        if (isinstance(revision.document, CrisisCard) or revision.id in needed)
        and revision.status is not Status.APPROVED
    ]


def _hash(document: Document) -> str:
    return hashlib.sha256(encode(document)).hexdigest()


def _canonical(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
