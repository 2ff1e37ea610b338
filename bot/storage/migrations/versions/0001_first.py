"""Releases and conversations.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "revision",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("document_id", sa.String(120), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_revision"),
    )
    op.create_index("ix_revision_document_id", "revision", ["document_id"])
    op.create_table(
        "release",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("tables", sa.LargeBinary, nullable=False),
        sa.Column("created", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_release"),
    )
    op.create_table(
        "release_revision",
        sa.Column("release_id", sa.String(64), nullable=False),
        sa.Column("revision_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("release_id", "revision_hash", name="pk_release_revision"),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name="fk_release_revision_release_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["revision_hash"], ["revision.hash"], name="fk_release_revision_revision_hash", ondelete="RESTRICT"
        ),
    )
    op.create_table(
        "active_release",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("release_id", sa.String(64), nullable=False),
        sa.Column("published", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_active_release"),
        sa.ForeignKeyConstraint(
            ["release_id"], ["release.id"], name="fk_active_release_release_id", ondelete="RESTRICT"
        ),
    )
    op.create_table(
        "conversation",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("expires", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_conversation"),
    )
    op.create_index("ix_conversation_expires", "conversation", ["expires"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_index("ix_conversation_expires", "conversation")
    op.drop_table("conversation")
    op.drop_table("active_release")
    op.drop_table("release_revision")
    op.drop_table("release")
    op.drop_index("ix_revision_document_id", "revision")
    op.drop_table("revision")
