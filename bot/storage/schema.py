"""The tables. Alembic's migrations in ``migrations/versions`` make them; a test holds the two against each other."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, LargeBinary, MetaData, String, Table

__all__ = ["active_release", "conversation", "metadata", "release", "release_revision", "revision"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

revision = Table(
    "revision",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("document_id", String(120), nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
    Column("created", DateTime, nullable=False),
)

release = Table(
    "release",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("tables", LargeBinary, nullable=False),
    Column("created", DateTime, nullable=False),
)

release_revision = Table(
    "release_revision",
    metadata,
    Column("release_id", String(64), ForeignKey("release.id", ondelete="CASCADE"), primary_key=True),
    Column("revision_hash", String(64), ForeignKey("revision.hash", ondelete="RESTRICT"), primary_key=True),
)

# One row a publication; the newest one is live. Keeping the older ones is what makes a rollback one insert.
active_release = Table(
    "active_release",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("release_id", String(64), ForeignKey("release.id", ondelete="RESTRICT"), nullable=False),
    Column("published", DateTime, nullable=False),
)

# No message text and no identity: the key is a keyed hash, the state is verdicts and revision ids.
conversation = Table(
    "conversation",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("state", LargeBinary, nullable=False),
    Column("expires", DateTime, nullable=False),
    Index("ix_conversation_expires", "expires"),
)
