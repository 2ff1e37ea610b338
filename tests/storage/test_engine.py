"""The database is opened lazily, tuned, and brought up to date; what goes wrong is said without its parameters."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StorageError
from bot.storage.engine import BUSY_TIMEOUT_MS, migrate, open_engine
from bot.storage.schema import conversation, metadata


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_engine(f"sqlite:///{tmp_path / 'new' / 'lantern.sqlite'}")


def tables(engine: Engine) -> set[str]:
    return set(sqlalchemy.inspect(engine).get_table_names()) - {"alembic_version"}


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


def test_the_folder_is_made_and_the_file_is_not(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path / 'new' / 'lantern.sqlite'}")
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.parametrize("url", ["", "nonsense", "nosuch://host/name", "sqlite:/half"])
def test_an_address_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(StorageError, match=r"^LANTERN_DATABASE_URL cannot be used\.") as refused:
        open_engine(url)
    assert not url or url not in refused.value.public


def test_a_password_in_the_address_is_not_repeated() -> None:
    with pytest.raises(StorageError) as refused:
        open_engine("nosuch://me:hunter2@host/name")
    assert "hunter2" not in refused.value.public


def test_a_folder_that_cannot_be_made_is_an_error_of_storage(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        open_engine(f"sqlite:///{tmp_path / 'file' / 'below' / 'lantern.sqlite'}")


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("busy_timeout", BUSY_TIMEOUT_MS),
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("synchronous", 1),
    ],
)
def test_every_connection_is_tuned_whatever_sqlite_was_built_with(engine: Engine, pragma: str, value: object) -> None:
    def spoil(connection: sqlite3.Connection, _record: object) -> None:
        for setting in ("busy_timeout=1", "secure_delete=OFF", "foreign_keys=OFF", "synchronous=FULL"):
            connection.execute(f"PRAGMA {setting}")

    event.listen(engine, "connect", spoil, insert=True)
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        engine.dispose()


def test_an_error_of_the_database_does_not_show_its_parameters(engine: Engine) -> None:
    with pytest.raises(SQLAlchemyError) as raised, engine.begin() as connection:
        connection.execute(sqlalchemy.insert(conversation).values(key="zq-canary", state=b"", expires=None))
    assert "zq-canary" not in str(raised.value)


def test_the_migrations_make_the_tables_of_the_schema(engine: Engine) -> None:
    migrate(engine)
    assert tables(engine) == set(metadata.tables)
    assert differences(engine) == []


def test_the_comparison_sees_a_difference(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE conversation ADD COLUMN note TEXT")
    assert [difference[0] for difference in differences(engine)] == ["remove_column"]  # type: ignore[index]


def test_the_schema_goes_up_down_and_up_again(engine: Engine) -> None:
    migrate(engine)
    migrate(engine, "base")
    assert tables(engine) == set()
    migrate(engine)
    assert differences(engine) == []


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine)
    migrate(engine)
    assert differences(engine) == []


def test_what_was_stored_survives_another_migration(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO conversation VALUES ('k', x'00', '2026-11-22 00:00:00')")
    migrate(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT key FROM conversation").scalar() == "k"


def test_a_database_that_is_a_folder_cannot_be_migrated(tmp_path: Path) -> None:
    (tmp_path / "lantern.sqlite").mkdir()
    with pytest.raises(StorageError, match=r"^The database cannot be reached or changed\."):
        migrate(open_engine(f"sqlite:///{tmp_path / 'lantern.sqlite'}"))


def test_a_file_that_is_no_database_cannot_be_migrated(tmp_path: Path) -> None:
    (tmp_path / "lantern.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(StorageError, match=r"^The database cannot be reached or changed\."):
        migrate(open_engine(f"sqlite:///{tmp_path / 'lantern.sqlite'}"))


def test_a_database_of_a_newer_lantern_is_an_error_of_storage(engine: Engine) -> None:
    migrate(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError):
        migrate(engine)


def test_a_conversation_has_a_key_a_state_and_an_end_and_nothing_else() -> None:
    assert [(column.name, str(column.type)) for column in conversation.columns] == [
        ("key", "VARCHAR(64)"),
        ("state", "BLOB"),
        ("expires", "DATETIME"),
    ]


def test_no_table_has_a_column_for_what_somebody_wrote() -> None:
    texts = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sqlalchemy.String)
    }
    assert texts == {
        "active_release.release_id",
        "conversation.key",
        "release.id",
        "release_revision.release_id",
        "release_revision.revision_hash",
        "revision.document_id",
        "revision.hash",
    }
