"""The way of one message, with and without what it can lose on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from bot.answers import compose
from bot.answers.library import Library
from bot.answers.release import Release
from bot.errors import RequestError, StorageError
from bot.gateway import Gateway, Turn
from bot.reply import Behaviour, CardPart, Category, ChoicesPart, HelplinesPart, Level, Reply, to_json
from bot.safety.last_resort import LAST_RESORT
from bot.turn import Context, Draft, Understanding

ANSWER = "kratom.dosing.no-safe-dose"
UNDERSTOOD = Understanding("answer", "dosing", 1.0)


class Scripted:
    """Stands where Rasa stands and does what a test tells it to."""

    def __init__(self, respond: Callable[[str, Context], Draft | None]) -> None:
        self.respond_with = respond
        self.asked: list[str] = []

    async def respond(self, text: str, context: Context) -> Draft | None:
        self.asked.append(text)
        return self.respond_with(text, context)


def answering(release: Release) -> Scripted:
    return Scripted(lambda _text, context: compose.answer(release, context, UNDERSTOOD, [ANSWER]))


def spoken(reply: Reply) -> str:
    return " ".join(s.text for part in reply.parts if isinstance(part, CardPart) for s in part.sentences)


def choices(reply: Reply) -> list[str]:
    return [choice.id for part in reply.parts if isinstance(part, ChoicesPart) for choice in part.choices]


def kill_database(gateway: Gateway) -> None:
    """Put a folder where the database file was: nothing can open it any more."""
    gateway.conversations._engine.dispose()
    for file in gateway.settings.data_dir.glob("lantern.sqlite*"):
        file.unlink()
    (gateway.settings.data_dir / "lantern.sqlite").mkdir()


class Away:
    """A store of releases that cannot be reached."""

    def live_id(self) -> str | None:
        raise StorageError("away")

    def load_live(self) -> Release:
        raise StorageError("away")


async def test_an_ordinary_question_gets_the_reviewed_answer(gateway: Gateway, release: Release) -> None:
    gateway.responder = answering(release)
    reply = await gateway.handle(Turn("c", "what is a normal dose of kratom"))
    assert (reply.level, reply.behaviour) == (Level.NONE, Behaviour.ANSWER)
    assert [part.id for part in reply.parts if isinstance(part, CardPart)] == [ANSWER]


async def test_an_emergency_is_answered_before_rasa_is_asked(gateway: Gateway, release: Release) -> None:
    gateway.responder = answering(release)
    await gateway.greet("c", "GB")
    reply = await gateway.handle(Turn("c", "my friend took 7oh and i cant wake him up"))
    assert (reply.level, reply.category, reply.behaviour) == (Level.EMERGENCY, Category.OVERDOSE_NOW, Behaviour.CRISIS)
    assert "999" in spoken(reply).split(".")[1]
    assert "911" not in spoken(reply)
    assert gateway.responder.asked == []


async def test_an_emergency_with_no_country_asks_for_it_and_then_shows_its_number(gateway: Gateway) -> None:
    reply = await gateway.handle(Turn("c", "she is not breathing"))
    assert "your local emergency number" in spoken(reply)
    australia = choices(reply)[-1]
    again = await gateway.handle(Turn("c", choice=australia))
    assert (again.level, again.category) == (Level.EMERGENCY, Category.OVERDOSE_NOW)
    assert "000" in spoken(again)


async def test_after_a_crisis_the_conversation_stays_at_concern_for_five_turns(
    gateway: Gateway, release: Release
) -> None:
    gateway.responder = answering(release)
    await gateway.handle(Turn("c", "she is not breathing"))
    levels = [(await gateway.handle(Turn("c", "what is kratom"))).level for _ in range(7)]
    assert levels == [Level.CONCERN] * 5 + [Level.NONE] * 2


async def test_a_split_message_is_read_together(gateway: Gateway) -> None:
    await gateway.handle(Turn("c", "my brother took a lot of pills"))
    reply = await gateway.handle(Turn("c", "and now he wont wake up"))
    assert reply.level is Level.EMERGENCY


@pytest.mark.parametrize(
    "prefix", ["/", "///", "/goodbye@0.1 ", " /restart ", '/greet{"substance": "x"} ', "\u200b", "/\u200b/"]
)
async def test_a_slash_payload_never_hides_an_emergency(gateway: Gateway, prefix: str) -> None:
    reply = await gateway.handle(Turn("c", f"{prefix}he is not breathing"))
    assert reply.level is Level.EMERGENCY


async def test_a_slash_payload_reaches_rasa_as_plain_text(gateway: Gateway, release: Release) -> None:
    gateway.responder = answering(release)
    await gateway.handle(Turn("c", '/ //restart{"a": 1}'))
    assert gateway.responder.asked == ['restart{"a": 1}']


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200b", "///", "\n\n"])
async def test_nothing_typed_gets_a_kind_question(gateway: Gateway, text: str) -> None:
    reply = await gateway.handle(Turn("c", text))
    assert reply.behaviour is Behaviour.CLARIFY
    assert spoken(reply)


async def test_too_long_a_text_is_refused(gateway: Gateway) -> None:
    with pytest.raises(RequestError) as refused:
        await gateway.handle(Turn("c", "kratom " * 200))
    assert (refused.value.code, refused.value.phrase) == ("too_long", "phrase.too-long")


async def test_an_emergency_in_too_long_a_text_is_still_answered(gateway: Gateway) -> None:
    reply = await gateway.handle(Turn("c", "we were at a party. " * 60 + "she is not breathing"))
    assert reply.level is Level.EMERGENCY


def hanging(_text: str, _context: Context) -> Draft | None:
    raise asyncio.TimeoutError


def raising(_text: str, _context: Context) -> Draft | None:
    raise ValueError("private detail")


@pytest.mark.parametrize("respond", [hanging, raising, lambda _text, _context: None])
async def test_whatever_the_model_does_the_person_gets_an_apology_with_the_emergency_line(
    gateway: Gateway, respond: Callable[[str, Context], Draft | None]
) -> None:
    gateway.responder = Scripted(respond)
    reply = await gateway.handle(Turn("c", "how does kratom work"))
    assert reply.behaviour is Behaviour.ERROR
    assert "emergency" in spoken(reply)
    assert "private" not in to_json(reply).decode()


async def test_a_slow_model_is_not_waited_for(gateway: Gateway) -> None:
    class Slow:
        async def respond(self, _text: str, _context: Context) -> Draft | None:
            await asyncio.sleep(30)
            return None

    gateway.responder = Slow()
    object.__setattr__(gateway.settings, "answer_deadline_ms", 20)
    reply = await gateway.handle(Turn("c", "how does kratom work"))
    assert reply.behaviour is Behaviour.ERROR


async def test_a_sentence_that_is_not_in_the_release_never_leaves(gateway: Gateway, release: Release) -> None:
    def improvise(_text: str, context: Context) -> Draft | None:
        draft = compose.answer(release, context, UNDERSTOOD, [ANSWER])
        card = draft.reply.parts[0]
        assert isinstance(card, CardPart)
        changed = msgspec.structs.replace(card.sentences[0], text="A little is fine.")
        card = msgspec.structs.replace(card, sentences=(changed, *card.sentences[1:]))
        return msgspec.structs.replace(draft, reply=msgspec.structs.replace(draft.reply, parts=(card,)))

    gateway.responder = Scripted(improvise)
    reply = await gateway.handle(Turn("c", "how much"))
    assert reply.behaviour is Behaviour.ERROR
    assert "A little is fine." not in spoken(reply)


async def test_without_database_model_and_release_an_emergency_gets_its_card(gateway: Gateway) -> None:
    await gateway.greet("c", "GB")
    gateway.library = Library.open(gateway.settings.content_dir, Away())
    gateway.library.refresh()
    kill_database(gateway)
    reply = await gateway.handle(Turn("c", "he took a bunch of pills and his lips are blue"))
    assert (reply.level, reply.category) == (Level.EMERGENCY, Category.OVERDOSE_NOW)
    assert "999" in spoken(reply)
    assert any(isinstance(part, HelplinesPart) for part in reply.parts)


async def test_without_even_the_cards_the_sentence_of_last_resort_is_said(gateway: Gateway) -> None:
    gateway.library = Library(None, Away())
    reply = await gateway.handle(Turn("c", "he is not breathing"))
    assert reply.level is Level.EMERGENCY
    assert spoken(reply) == LAST_RESORT


async def test_a_dead_database_costs_the_memory_and_nothing_else(gateway: Gateway, release: Release) -> None:
    gateway.responder = answering(release)
    await gateway.greet("c", "GB")
    kill_database(gateway)
    first = await gateway.handle(Turn("c", "what is a normal dose"))
    assert first.behaviour is Behaviour.ANSWER
    second = await gateway.handle(Turn("c", choice=choices(first)[0]))
    assert second.behaviour is Behaviour.ANSWER


async def test_an_unknown_choice_is_answered_kindly(gateway: Gateway) -> None:
    reply = await gateway.handle(Turn("c", choice="c_0123456789abcdef"))
    assert reply.behaviour is Behaviour.CLARIFY
    assert spoken(reply)


async def test_a_choice_of_another_conversation_means_nothing(gateway: Gateway, release: Release) -> None:
    gateway.responder = answering(release)
    mine = await gateway.handle(Turn("mine", "what is a normal dose"))
    theirs = await gateway.handle(Turn("theirs", choice=choices(mine)[0]))
    assert theirs.behaviour is Behaviour.CLARIFY


async def test_forgetting_drops_country_and_recent_texts(gateway: Gateway) -> None:
    await gateway.greet("c", "GB")
    await gateway.handle(Turn("c", "my brother took a lot of pills"))
    assert await gateway.forget("c")
    assert gateway.recent.of("c") == ()
    reply = await gateway.handle(Turn("c", "he is not breathing"))
    assert "999" not in spoken(reply)


async def test_the_greeting_says_that_it_is_a_chatbot(gateway: Gateway) -> None:
    assert "chatbot" in spoken(await gateway.greet("c", "US"))


@pytest.mark.parametrize(
    ("country", "number"), [("US", "911"), ("CA", "911"), ("GB", "999"), ("IE", "112"), ("AU", "000")]
)
def test_the_emergency_card_carries_the_number_of_its_country(gateway: Gateway, country: str, number: str) -> None:
    assert number in spoken(gateway.emergency(country))


def test_an_unknown_country_never_gets_another_countrys_number(gateway: Gateway) -> None:
    said = spoken(gateway.emergency("MY"))
    assert "911" not in said
    assert "988" not in said


@given(text=st.text(max_size=1200))
@given_settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_whatever_gives_a_reply_that_the_guard_passes(gateway: Gateway, release: Release, text: str) -> None:
    async def ask() -> Reply:
        gateway.conversations._memory.clear()
        try:
            return await gateway.handle(Turn("c", text))
        except RequestError as error:
            return gateway.error(error.phrase)

    gateway.responder = answering(release)
    reply = asyncio.run(ask())
    assert spoken(reply)
    assert gateway.library.live is not None
    assert gateway.library.live[1].violations(reply) == []
