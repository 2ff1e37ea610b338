"""Conversation state: kept for a while, text-free, forgotten when asked, and never missed by more than a turn's memory."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.errors import StorageError
from bot.reply import Category, Level
from bot.storage import conversations as module
from bot.storage.conversations import Conversations
from bot.storage.engine import migrate, open_engine
from bot.turn import Meaning, State

DAY = datetime.timedelta(hours=24)
STATE = State(
    turns=3,
    country="GB",
    level=Level.CRISIS,
    concern_turns=5,
    category=Category.SUICIDE,
    last=("kratom.dosing.one", "KI-020"),
    misses=1,
    choices={"c_1": Meaning("answer", "KI-020"), "c_2": Meaning("country", "IE")},
)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2026, 11, 22, 12, 0)

    def __call__(self) -> datetime.datetime:
        return self.now

    def pass_(self, **time_: float) -> None:
        self.now += datetime.timedelta(**time_)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    found = open_engine(f"sqlite:///{tmp_path / 'lantern.sqlite'}")
    migrate(found)
    return found


@pytest.fixture
def kept(engine: Engine, clock: Clock) -> Iterator[Conversations]:
    found = Conversations(engine, clock, DAY)
    yield found
    found.close()


@pytest.fixture
def elsewhere(engine: Engine, clock: Clock) -> Iterator[Conversations]:
    """Another process with the same database and a memory of its own."""
    found = Conversations(open_engine(str(engine.url)), clock, DAY)
    yield found
    found.close()


def kill(engine: Engine) -> None:
    """Put a folder where the database file was."""
    engine.dispose()
    path = Path(str(engine.url.database))
    for file in path.parent.glob("lantern.sqlite*"):
        file.unlink()
    path.mkdir()


def keys(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT key FROM conversation ORDER BY key")]


async def test_a_conversation_that_nobody_began_is_empty(kept: Conversations) -> None:
    assert await kept.load("k") == State()


async def test_every_field_comes_back_in_another_process(kept: Conversations, elsewhere: Conversations) -> None:
    await kept.save("k", STATE)
    assert await elsewhere.load("k") == STATE


async def test_the_last_save_counts(kept: Conversations, elsewhere: Conversations, engine: Engine) -> None:
    await kept.save("k", STATE)
    await kept.save("k", State(turns=4))
    assert await elsewhere.load("k") == State(turns=4)
    assert keys(engine) == ["k"]


async def test_conversations_do_not_mix(kept: Conversations) -> None:
    await kept.save("mine", STATE)
    assert await kept.load("theirs") == State()


@pytest.mark.parametrize(("hours", "expected"), [(23.99, STATE), (24, State()), (1000, State())])
async def test_a_state_is_gone_after_its_time(kept: Conversations, clock: Clock, hours: float, expected: State) -> None:
    await kept.save("k", STATE)
    clock.pass_(hours=hours)
    assert await kept.load("k") == expected


async def test_every_turn_gives_it_another_day(kept: Conversations, clock: Clock) -> None:
    for _ in range(3):
        await kept.save("k", STATE)
        clock.pass_(hours=20)
    assert await kept.load("k") == STATE


async def test_purging_drops_what_is_past_its_time_and_nothing_else(
    kept: Conversations, clock: Clock, engine: Engine
) -> None:
    await kept.save("old", STATE)
    clock.pass_(hours=12)
    await kept.save("young", STATE)
    clock.pass_(hours=12)
    assert kept.purge() == 1
    assert keys(engine) == ["young"]
    assert kept.purge() == 0


async def test_forgetting_drops_one_conversation_everywhere(kept: Conversations, engine: Engine) -> None:
    await kept.save("k", STATE)
    await kept.save("other", STATE)
    assert await kept.forget("k")
    assert keys(engine) == ["other"]
    assert await kept.load("k") == State()
    assert await kept.load("other") == STATE


async def test_forgetting_what_was_never_there_is_done(kept: Conversations) -> None:
    assert await kept.forget("k")


async def test_what_was_forgotten_is_not_remembered_when_the_database_goes_away(
    kept: Conversations, engine: Engine
) -> None:
    await kept.save("k", STATE)
    await kept.forget("k")
    kill(engine)
    assert await kept.load("k") == State()


async def test_a_database_that_goes_away_costs_nobody_their_country(kept: Conversations, engine: Engine) -> None:
    await kept.save("k", STATE)
    kill(engine)
    assert await kept.load("k") == STATE
    await kept.save("k", State(country="IE"))
    assert await kept.load("k") == State(country="IE")


async def test_without_a_database_a_state_is_gone_after_its_time_too(
    kept: Conversations, clock: Clock, engine: Engine
) -> None:
    kill(engine)
    await kept.save("k", STATE)
    clock.pass_(hours=24)
    assert await kept.load("k") == State()


async def test_forgetting_says_when_the_database_could_not_be_reached(kept: Conversations, engine: Engine) -> None:
    await kept.save("k", STATE)
    kill(engine)
    assert not await kept.forget("k")
    assert await kept.load("k") == State()


def test_purging_says_when_the_database_could_not_be_reached(kept: Conversations, engine: Engine) -> None:
    kill(engine)
    with pytest.raises(StorageError, match=r"^The database cannot be reached, so nothing was dropped\.$"):
        kept.purge()


async def test_a_database_that_hangs_is_not_waited_for(
    kept: Conversations, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept.save("k", STATE)
    monkeypatch.setattr(module, "STORAGE_DEADLINE_S", 0.05)
    event.listen(engine, "before_cursor_execute", lambda *_: time.sleep(0.3))
    started = time.monotonic()
    assert await kept.load("k") == STATE
    assert time.monotonic() - started < 0.25


async def test_a_state_that_cannot_be_read_is_an_empty_one(
    elsewhere: Conversations, kept: Conversations, engine: Engine
) -> None:
    await kept.save("k", STATE)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE conversation SET state = x'7b22'")
    assert await elsewhere.load("k") == State()


async def test_memory_holds_the_latest_conversations_and_no_more(
    kept: Conversations, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_REMEMBERED", 2)
    kill(engine)
    for key in ("a", "b", "a", "c"):
        await kept.save(key, STATE)
    assert [(await kept.load(key)).turns for key in ("a", "b", "c")] == [3, 0, 3]


async def test_a_closed_store_has_written_everything(engine: Engine, clock: Clock) -> None:
    store = Conversations(engine, clock, DAY)
    await store.save("k", STATE)
    store.close()
    assert keys(engine) == ["k"]
