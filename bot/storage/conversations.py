"""Text-free conversation state: what a next turn needs, without a word of what anybody said.

Two stores with one interface: the database, and memory for when the database is away. ``Conversations`` uses the first
and falls back on the second, so that a dead database costs a conversation its memory and nothing else.
"""

from __future__ import annotations

import asyncio
import datetime
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec
import structlog
from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import StorageError
from bot.storage import schema
from bot.turn import State

__all__ = ["Conversations"]

T = TypeVar("T")
log = structlog.get_logger()
# A database that does not answer within this many seconds is treated as away; the person does not wait for it.
STORAGE_DEADLINE_S = 0.5
MOST_REMEMBERED = 10_000


class Conversations:
    """Loads and saves states by the keyed hash of a conversation."""

    def __init__(self, engine: Engine, now: Callable[[], datetime.datetime], keep: datetime.timedelta) -> None:
        """Keep what is needed; the database is touched on first use.

        Args:
            engine: where states are kept.
            now: the clock, naive UTC.
            keep: how long a state is kept after its last turn.
        """
        self._engine = engine
        self._now = now
        self._keep = keep
        self._memory: OrderedDict[str, tuple[State, datetime.datetime]] = OrderedDict()
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="conversations")

    async def load(self, key: str) -> State:
        """Return the state of a conversation, an empty one when there is none (or none any more)."""
        stored = await self._try(lambda: self._read(key), "load")
        if stored is not None:
            return stored
        remembered = self._memory.get(key)
        return remembered[0] if remembered and remembered[1] > self._now() else State()

    async def save(self, key: str, state: State) -> None:
        """Keep a state, in memory too: a database that goes away in mid-conversation costs nobody their country."""
        expires = self._now() + self._keep
        self._memory[key] = (state, expires)
        self._memory.move_to_end(key)
        while len(self._memory) > MOST_REMEMBERED:
            self._memory.popitem(last=False)
        await self._try(lambda: self._write(key, state, expires), "save")

    async def forget(self, key: str) -> bool:
        """Drop everything kept for a conversation. False if the database could not be reached to do so."""
        self._memory.pop(key, None)
        return await self._try(lambda: self._delete(key), "forget") is not None

    def purge(self) -> int:
        """Drop every state past its time, blocking.

        Returns:
            How many rows were dropped.

        Raises:
            StorageError: if the database cannot be reached.
        """
        past = schema.conversation.c.expires <= self._now()
        try:
            with self._engine.begin() as connection:
                return int(connection.execute(delete(schema.conversation).where(past)).rowcount)
        except SQLAlchemyError as error:
            raise StorageError("The database cannot be reached, so nothing was dropped.") from error

    def close(self) -> None:
        """Wait for the last write and stop the thread."""
        self._writer.shutdown(wait=True)

    async def _try(self, work: Callable[[], T], where: str) -> T | None:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._writer, work)
            return await asyncio.wait_for(running, STORAGE_DEADLINE_S)
        except (SQLAlchemyError, asyncio.TimeoutError, OSError, msgspec.MsgspecError) as error:
            log.error("storage_away", where=where, error=type(error).__name__)
            return None

    def _read(self, key: str) -> State:
        with self._engine.connect() as connection:
            row = connection.execute(
                select(schema.conversation.c.state).where(
                    schema.conversation.c.key == key, schema.conversation.c.expires > self._now()
                )
            ).first()
        return msgspec.json.decode(row.state, type=State) if row else State()

    def _write(self, key: str, state: State, expires: datetime.datetime) -> bool:
        values = {"state": msgspec.json.encode(state), "expires": expires}
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(schema.conversation).where(schema.conversation.c.key == key).values(**values)
            )
            if not changed.rowcount:
                connection.execute(insert(schema.conversation).values(key=key, **values))
        return True

    def _delete(self, key: str) -> bool:
        with self._engine.begin() as connection:
            connection.execute(delete(schema.conversation).where(schema.conversation.c.key == key))
        return True
