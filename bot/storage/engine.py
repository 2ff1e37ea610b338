"""Opens the database, and brings it up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from bot.errors import StorageError

__all__ = ["migrate", "open_engine"]

MIGRATIONS = Path(__file__).parent / "migrations"
# SQLite waits this long for another process's write before it gives up, in milliseconds.
BUSY_TIMEOUT_MS = 2000


def open_engine(url: str) -> Engine:
    """Return an engine; the database itself is touched on first use.

    Parameters never appear in errors: they are derived from people's conversations.

    Raises:
        StorageError: if the address is not one that SQLAlchemy understands.
    """
    try:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        if sqlite and parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sqlalchemy.create_engine(
            parsed,
            future=True,
            hide_parameters=True,
            pool_pre_ping=not sqlite,
            connect_args={"check_same_thread": False} if sqlite else {"connect_timeout": 2},
        )
    except (ArgumentError, ImportError, OSError, sqlalchemy.exc.NoSuchModuleError) as error:
        raise StorageError(
            "LANTERN_DATABASE_URL cannot be used. Check its form, for example postgresql://host/name."
        ) from error
    if sqlite:
        event.listen(engine, "connect", _tune_sqlite)
    return engine


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision, ``head`` by default.

    Raises:
        StorageError: if the database cannot be reached or changed.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            if revision == "base":
                command.downgrade(config, revision)
            else:
                command.upgrade(config, revision)
    except CommandError as error:
        raise StorageError("The database belongs to a newer Lantern. Update this one, or restore a backup.") from error
    except (SQLAlchemyError, OSError) as error:
        raise StorageError(
            "The database cannot be reached or changed. Check LANTERN_DATABASE_URL and its rights."
        ) from error


def _tune_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
