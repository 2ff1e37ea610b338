"""A release is published whole or not at all, and read back only as it was published."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.answers.release import Release
from bot.errors import ContentError, StorageError
from bot.storage.engine import migrate, open_engine
from bot.storage.releases import ReleaseStore
from tests.answers.documents import answer, crisis_card, helplines, phrase, released, said

NOW = datetime.datetime(2026, 11, 22, 12, 0)
FIRST = released(answer("one"), answer("two"), phrase("error"), crisis_card(), helplines("US"))
SECOND = released(answer("one"), answer("two", said("Other words.")), phrase("error"), crisis_card(), helplines("US"))
TWO = "kratom.side_effects.two"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    found = open_engine(f"sqlite:///{tmp_path / 'lantern.sqlite'}")
    migrate(found)
    return found


@pytest.fixture
def store(engine: Engine) -> ReleaseStore:
    return ReleaseStore(engine)


def run(engine: Engine, statement: str, **values: object) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(statement, values)


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar())


def counts(engine: Engine) -> dict[str, int]:
    return {table: count(engine, table) for table in ("revision", "release", "release_revision", "active_release")}


def test_what_was_published_is_read_back(store: ReleaseStore) -> None:
    assert store.publish(FIRST, NOW)
    assert store.live_id() == FIRST.id
    assert store.load_live() == FIRST


def test_the_bundled_content_is_read_back(store: ReleaseStore, release: Release) -> None:
    store.publish(release, NOW)
    assert store.load_live() == release


def test_another_process_reads_what_was_published(store: ReleaseStore, engine: Engine) -> None:
    store.publish(FIRST, NOW)
    assert ReleaseStore(open_engine(str(engine.url))).load_live() == FIRST


def test_what_is_live_is_not_published_again(store: ReleaseStore, engine: Engine) -> None:
    assert [store.publish(FIRST, NOW) for _ in range(3)] == [True, False, False]
    assert counts(engine) == {"revision": 6, "release": 1, "release_revision": 6, "active_release": 1}


def test_the_newest_publication_is_live(store: ReleaseStore) -> None:
    store.publish(FIRST, NOW)
    store.publish(SECOND, NOW)
    assert store.load_live() == SECOND


def test_what_two_releases_share_is_stored_once(store: ReleaseStore, engine: Engine) -> None:
    store.publish(FIRST, NOW)
    store.publish(SECOND, NOW)
    assert counts(engine) == {"revision": 7, "release": 2, "release_revision": 12, "active_release": 2}


def test_going_back_is_publishing_the_old_one_again(store: ReleaseStore, engine: Engine) -> None:
    for one in (FIRST, SECOND, FIRST):
        assert store.publish(one, NOW)
    assert store.load_live() == FIRST
    assert counts(engine) == {"revision": 7, "release": 2, "release_revision": 12, "active_release": 3}


def test_before_the_first_publication_nothing_is_live(store: ReleaseStore) -> None:
    assert store.live_id() is None
    with pytest.raises(ContentError, match=r"^Nothing is published\. Run: python -m bot content publish$"):
        store.load_live()


@pytest.mark.parametrize("table", ["revision", "release", "release_revision", "active_release"])
def test_a_publication_that_fails_leaves_what_was_live_and_no_trace(
    store: ReleaseStore, engine: Engine, table: str
) -> None:
    store.publish(FIRST, NOW)
    before = counts(engine)
    run(engine, f"CREATE TRIGGER stop BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(StorageError, match=r"^The release could not be stored\. What was live stays live\.$"):
        store.publish(SECOND, NOW)
    assert counts(engine) == before
    assert store.load_live() == FIRST
    run(engine, "DROP TRIGGER stop")
    assert store.publish(SECOND, NOW)
    assert store.load_live() == SECOND


def test_nobody_sees_half_of_a_publication(store: ReleaseStore, engine: Engine) -> None:
    store.publish(FIRST, NOW)
    seen: list[tuple[str | None, int]] = []
    other = open_engine(str(engine.url))

    def look(*_: object) -> None:
        seen.append((ReleaseStore(other).live_id(), count(other, "revision")))

    event.listen(engine, "before_cursor_execute", look)
    store.publish(SECOND, NOW)
    event.remove(engine, "before_cursor_execute", look)
    assert len(seen) > 3
    assert set(seen) == {(FIRST.id, 6)}
    look()
    assert seen[-1] == (SECOND.id, 7)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"what is known", b"what is KNOWN"), (b'"fact"', b'"warning"'), (b"S-1", b"S-2"), (b"pharmacist", b"doctor")],
)
def test_a_revision_that_was_edited_by_hand_is_not_served(
    store: ReleaseStore, engine: Engine, old: bytes, new: bytes
) -> None:
    store.publish(FIRST, NOW)
    run(
        engine,
        "UPDATE revision SET body = CAST(replace(CAST(body AS TEXT), :old, :new) AS BLOB) WHERE document_id = :id",
        old=old.decode(), new=new.decode(), id=TWO,
    )  # fmt: skip
    with pytest.raises(ContentError, match=rf"^The stored text of {TWO} was changed by hand\."):
        store.load_live()


def test_a_revision_that_is_no_document_any_more_is_not_served(store: ReleaseStore, engine: Engine) -> None:
    store.publish(FIRST, NOW)
    run(engine, "UPDATE revision SET body = x'7b7d' WHERE document_id = :id", id=TWO)
    with pytest.raises(ContentError, match=r"^A stored revision cannot be read\."):
        store.load_live()


def test_tables_that_cannot_be_read_are_not_served(store: ReleaseStore, engine: Engine) -> None:
    store.publish(FIRST, NOW)
    run(engine, "UPDATE release SET tables = x'7b7d'")
    with pytest.raises(ContentError, match=r"^The stored release cannot be read\."):
        store.load_live()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE release SET tables = CAST(replace(CAST(tables AS TEXT), 'ask a pharmacist', 'take a bit more') AS BLOB)",
        "UPDATE revision SET document_id = 'kratom.side_effects.three' WHERE document_id = 'kratom.side_effects.two'",
        "DELETE FROM release_revision WHERE revision_hash IN (SELECT hash FROM revision WHERE document_id = 'phrase.error')",
        "DELETE FROM release_revision",
    ],
    ids=["the words of a next step", "the id of a document", "a document less", "no document at all"],
)
def test_a_release_that_was_edited_by_hand_is_not_served(store: ReleaseStore, engine: Engine, statement: str) -> None:
    store.publish(FIRST, NOW)
    run(engine, statement)
    with pytest.raises(ContentError):
        store.load_live()


@pytest.mark.parametrize(
    "statement", ["UPDATE revision SET body = x'22ff22'", "UPDATE release SET tables = x'7b22ff223a317d'"]
)
def test_bytes_that_are_no_text_are_not_served(store: ReleaseStore, engine: Engine, statement: str) -> None:
    store.publish(FIRST, NOW)
    run(engine, statement)
    with pytest.raises(ContentError):
        store.load_live()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE revision SET body = x'7b7d' WHERE document_id = 'kratom.side_effects.two'",
        "UPDATE revision SET document_id = 'kratom.side_effects.three' WHERE document_id = 'kratom.side_effects.two'",
        "UPDATE release SET tables = x'7b7d'",
        "DELETE FROM release_revision",
    ],
)
@pytest.mark.parametrize("live", [FIRST, SECOND], ids=["what is live", "another one"])
def test_publishing_again_mends_what_was_changed_by_hand(
    store: ReleaseStore, engine: Engine, statement: str, live: Release
) -> None:
    store.publish(FIRST, NOW)
    store.publish(live, NOW)
    run(engine, statement)
    assert store.publish(FIRST, NOW) is (live is SECOND)
    assert store.load_live() == FIRST


def test_a_live_release_cannot_be_deleted(store: ReleaseStore, engine: Engine) -> None:
    store.publish(FIRST, NOW)
    for table in ("release", "revision"):
        with pytest.raises(Exception, match="FOREIGN KEY constraint failed"):
            run(engine, f"DELETE FROM {table}")
    assert store.load_live() == FIRST


def test_a_database_that_is_away_is_an_error_of_storage(tmp_path: Path) -> None:
    (tmp_path / "lantern.sqlite").mkdir()
    store = ReleaseStore(open_engine(f"sqlite:///{tmp_path / 'lantern.sqlite'}"))
    with pytest.raises(StorageError, match=r"^The release could not be stored"):
        store.publish(FIRST, NOW)
    with pytest.raises(StorageError, match=r"^The database cannot be read\.$"):
        store.live_id()
    with pytest.raises(StorageError, match=r"^The database cannot be read\.$"):
        store.load_live()


def test_a_database_without_tables_is_an_error_of_storage(tmp_path: Path) -> None:
    store = ReleaseStore(open_engine(f"sqlite:///{tmp_path / 'lantern.sqlite'}"))
    with pytest.raises(StorageError):
        store.live_id()
