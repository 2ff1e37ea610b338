"""Nothing that anybody writes is at rest: not in the database file, not beside it, not in a deleted page of it."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import typing
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from bot.answers import compose
from bot.answers.release import Release
from bot.errors import RequestError
from bot.gateway import Gateway, Turn
from bot.reply import Behaviour, ChoicesPart, Reply
from bot.turn import Context, Draft, Meaning, State, Understanding

UNDERSTOOD = Understanding("answer", "dosing", 1.0)
WRAPPINGS = [
    "{}",
    "how much {} kratom can i take",
    "my name is {} and i live at {}",
    "she is not breathing {}",
    "i want to kill myself {}",
    "{} estoy buscando ayuda con el kratom por favor {}",
    "/{}",
    '/inform{{"substance": "{}"}}',
    "{} " * 90,
    "kratom with xanax {}",
    "i am 15 {}",
    "\u200b{}\u202e",
]


class Answering:
    """Stands where Rasa stands and answers every question in another way."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.turns = 0

    async def respond(self, text: str, context: Context) -> Draft | None:
        self.turns += 1
        builders = (
            lambda: compose.answer(self.release, context, UNDERSTOOD, ["kratom.dosing.no-safe-dose"]),
            lambda: compose.unknown(self.release, context, UNDERSTOOD, ["kratom.dosing.no-safe-dose"]),
            lambda: compose.smalltalk(self.release, context, Understanding("smalltalk", "thanks", 1.0)),
            lambda: None,
        )
        if self.turns % 5 == 4:
            raise ValueError(text)
        return builders[self.turns % 4]()


@pytest.fixture
def written(gateway: Gateway) -> Iterator[Gateway]:
    """Keep a reader open, so that the log of changes stays beside the database."""
    with sqlite3.connect(gateway.settings.data_dir / "lantern.sqlite") as reader:
        reader.execute("SELECT count(*) FROM conversation").fetchone()
        yield gateway
    reader.close()


def at_rest(gateway: Gateway) -> bytes:
    """Return every byte of every file that there is."""
    files = [path for path in sorted(gateway.settings.data_dir.rglob("*")) if path.is_file()]
    assert {path.name for path in files} >= {"lantern.sqlite", "lantern.sqlite-wal"}
    return b"".join(path.read_bytes() for path in files)


async def say(gateway: Gateway, turn: Turn) -> Reply | None:
    try:
        return await gateway.handle(turn)
    except RequestError:
        return None


async def test_nothing_that_was_written_is_at_rest(written: Gateway, release: Release) -> None:
    gateway = written
    gateway.responder = Answering(release)
    canaries = [f"zq{secrets.token_hex(6)}" for _ in WRAPPINGS]
    await gateway.greet("conversation-key", canaries[0])
    for canary, wrapping in zip(canaries, WRAPPINGS, strict=True):
        reply = await say(gateway, Turn("conversation-key", wrapping.format(*[canary] * 90)))
        await say(gateway, Turn("conversation-key", choice=canary))
        offered = [
            c.id for part in (reply.parts if reply else ()) if isinstance(part, ChoicesPart) for c in part.choices
        ]
        for choice in offered[:1]:
            await say(gateway, Turn("conversation-key", choice=choice))
    stored = at_rest(gateway)
    assert b"conversation-key" in stored, "the search looks where conversations are kept"
    assert [canary for canary in canaries if canary.encode() in stored or canary.encode("utf-16-le") in stored] == []


@given(text=st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=6, max_size=40))
@given_settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_written_is_not_at_rest(written: Gateway, release: Release, text: str) -> None:
    gateway = written

    async def ask() -> None:
        gateway.conversations._memory.clear()
        await say(gateway, Turn("conversation-key", text))

    gateway.responder = Answering(release)
    asyncio.run(ask())
    stored = at_rest(gateway)
    assert b"conversation-key" in stored
    assert text.encode() not in stored


async def test_a_forgotten_conversation_leaves_no_trace_in_the_file(gateway: Gateway) -> None:
    await gateway.greet("conversation-key", "GB")
    assert await gateway.forget("conversation-key")
    with gateway.conversations._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database = gateway.settings.data_dir / "lantern.sqlite"
    assert b"conversation-key" not in database.read_bytes()


@pytest.mark.parametrize("country", ["zq-canary", "<script>", "GBR", "  "])
async def test_a_country_that_is_not_offered_is_not_kept(gateway: Gateway, country: str) -> None:
    await gateway.greet("k", country)
    assert (await gateway.conversations.load("k")).country == ""


def test_no_field_of_the_state_is_made_for_text() -> None:
    hints = typing.get_type_hints(State)
    assert {name for name, kind in hints.items() if kind is str} == {"country"}
    assert hints["last"] == tuple[str, ...]
    assert hints["choices"] == dict[str, Meaning]


async def test_every_word_that_is_kept_stands_in_the_release(gateway: Gateway, release: Release) -> None:
    gateway.responder = Answering(release)
    known = {*release.revisions, *release.countries, "phrase.recovery-position"}
    for wrapping in WRAPPINGS:
        await say(gateway, Turn("k", wrapping.format(*["zq"] * 90)))
        state = await gateway.conversations.load("k")
        assert {state.country, *state.last} - {""} <= known
        assert {meaning.value for meaning in state.choices.values()} <= known
        assert {meaning.kind for meaning in state.choices.values()} <= {"answer", "card", "country", "phrase"}
        assert all(choice.startswith("c_") and len(choice) == 18 for choice in state.choices)


async def test_a_failure_with_the_text_in_it_keeps_nothing_of_it(written: Gateway, release: Release) -> None:
    written.responder = Answering(release)
    written.responder.turns = 3
    reply = await written.handle(Turn("k", "zq-canary"))
    assert reply.behaviour is Behaviour.ERROR
    assert b"zq-canary" not in at_rest(written)
