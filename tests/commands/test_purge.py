"""``purge``: drops what is past its time, and says how much."""

from __future__ import annotations

import argparse
import dataclasses
import datetime

import pytest

from bot.app import utc_now
from bot.commands import purge
from bot.errors import StorageError
from bot.settings import Settings
from bot.storage.conversations import Conversations
from bot.storage.engine import migrate, open_engine
from bot.turn import State


def run(settings: Settings) -> int:
    parser = argparse.ArgumentParser()
    purge.configure(parser)
    options = parser.parse_args([])
    return int(options.do(options, settings))


async def keep(settings: Settings, key: str, hours_ago: float) -> None:
    engine = open_engine(settings.resolved_database_url())
    migrate(engine)
    then = utc_now() - datetime.timedelta(hours=hours_ago)
    store = Conversations(engine, lambda: then, datetime.timedelta(hours=settings.keep_hours))
    await store.save(key, State(turns=1))
    store.close()


def keys(settings: Settings) -> list[str]:
    with open_engine(settings.resolved_database_url()).connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT key FROM conversation ORDER BY key")]


async def test_what_is_past_its_time_is_dropped_and_counted(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    for key, hours in (("old", 25), ("older", 240), ("young", 23)):
        await keep(settings, key, hours)
    assert run(settings) == 0
    assert keys(settings) == ["young"]
    assert capsys.readouterr().out == "dropped 2 conversations\n"


def test_a_database_that_is_new_has_nothing_to_drop(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(settings) == 0
    assert capsys.readouterr().out == "dropped 0 conversations\n"


def test_a_database_that_is_away_is_an_error(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    (settings.data_dir / "lantern.sqlite").mkdir(parents=True)
    with pytest.raises(StorageError, match=r"^The database cannot be reached or changed\."):
        run(dataclasses.replace(settings))
    assert capsys.readouterr().out == ""
