"""Keeps releases in the database: an immutable row a revision, one pointer to what is live."""

from __future__ import annotations

import datetime

import msgspec
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.answers.release import Release, Revision, Tables, decode, digest, encode, identify
from bot.errors import ContentError, StorageError
from bot.reply import Status
from bot.storage import schema

__all__ = ["ReleaseStore"]


class ReleaseStore:
    """Stores and loads releases. Blocking: call it in a thread from a coroutine."""

    def __init__(self, engine: Engine) -> None:
        """Keep the engine."""
        self._engine = engine

    def publish(self, release: Release, now: datetime.datetime) -> bool:
        """Store a release and make it the live one, in one transaction.

        Args:
            release: what to serve.
            now: the time of publication, UTC.

        Returns:
            True if it became live now, False if it was live already.

        Raises:
            StorageError: if the database cannot be written; what was live stays live.
        """
        try:
            with self._engine.begin() as connection:
                is_live = connection.execute(_LIVE).scalar() == release.id
                columns = (schema.revision.c.hash, schema.revision.c.document_id, schema.revision.c.body)
                stored = {row.hash: (row.document_id, row.body) for row in connection.execute(select(*columns))}
                fresh = [revision for revision in release.revisions.values() if revision.hash not in stored]
                for one in release.revisions.values():
                    # A row that does not hold what its hash says was changed by hand: publishing again mends it.
                    if one.hash in stored and stored[one.hash] != (one.id, encode(one.document)):
                        mended = {"document_id": one.id, "body": encode(one.document)}
                        connection.execute(update(schema.revision).filter_by(hash=one.hash).values(**mended))
                if fresh:
                    connection.execute(
                        insert(schema.revision),
                        [
                            {"hash": one.hash, "document_id": one.id, "body": encode(one.document), "created": now}
                            for one in fresh
                        ],
                    )
                tables = msgspec.json.encode(release.tables)
                if connection.execute(select(schema.release.c.id).filter_by(id=release.id)).first() is None:
                    connection.execute(insert(schema.release).values(id=release.id, tables=tables, created=now))
                else:
                    connection.execute(update(schema.release).filter_by(id=release.id).values(tables=tables))
                connection.execute(delete(schema.release_revision).filter_by(release_id=release.id))
                connection.execute(
                    insert(schema.release_revision),
                    [{"release_id": release.id, "revision_hash": one.hash} for one in release.revisions.values()],
                )
                if not is_live:
                    connection.execute(insert(schema.active_release).values(release_id=release.id, published=now))
                return not is_live
        except SQLAlchemyError as error:
            raise StorageError("The release could not be stored. What was live stays live.") from error

    def live_id(self) -> str | None:
        """Return the id of the live release, None before the first publication.

        Raises:
            StorageError: if the database cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                live: str | None = connection.execute(_LIVE).scalar()
                return live
        except SQLAlchemyError as error:
            raise StorageError("The database cannot be read.") from error

    def load_live(self) -> Release:
        """Load the live release whole, and check every revision against its hash.

        Raises:
            StorageError: if the database cannot be read.
            ContentError: if nothing was published, or a stored revision does not match its hash.
        """
        try:
            with self._engine.connect() as connection:
                release_id = connection.execute(_LIVE).scalar()
                if release_id is None:
                    raise ContentError("Nothing is published. Run: python -m bot content publish")
                tables = connection.execute(select(schema.release.c.tables).filter_by(id=release_id)).scalar_one()
                rows = connection.execute(
                    select(schema.revision.c.hash, schema.revision.c.document_id, schema.revision.c.body)
                    .join(schema.release_revision, schema.release_revision.c.revision_hash == schema.revision.c.hash)
                    .where(schema.release_revision.c.release_id == release_id)
                    .order_by(schema.revision.c.document_id)
                ).all()
        except SQLAlchemyError as error:
            raise StorageError("The database cannot be read.") from error
        revisions: dict[str, Revision] = {}
        for row in rows:
            document = decode(row.body)
            if digest(document) != row.hash:
                raise ContentError(
                    f"The stored text of {row.document_id} was changed by hand. Publish the content again."
                )
            revisions[row.document_id] = Revision(row.document_id, row.hash, document, Status.SOURCE_CHECKED)
        try:
            stored = msgspec.json.decode(tables, type=Tables)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ContentError("The stored release cannot be read. Publish the content again.") from error
        if identify(revisions, stored) != release_id:
            raise ContentError("The stored release was changed by hand. Publish the content again.")
        return Release(release_id, revisions, stored)


_LIVE = select(schema.active_release.c.release_id).order_by(schema.active_release.c.number.desc()).limit(1)
