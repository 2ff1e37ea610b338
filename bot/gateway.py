"""The way of one message: one function, every channel.

clean → choice? → gate → Rasa → guard. The gate needs no network, no database and no model. Whatever fails on the way,
what comes back is a reviewed reply that is not empty.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec
import structlog

from bot.answers import compose
from bot.answers.library import Library
from bot.answers.models import Answer, Interaction
from bot.answers.release import Release
from bot.errors import RequestError
from bot.language.detect import LEAST_CONFIDENCE, NEAR_CERTAINTY, LanguageDetector
from bot.language.normalise import clean
from bot.recent import RecentTexts
from bot.reply import Behaviour, CardPart, Level, Reply, new_turn
from bot.safety.assess import CALM, Verdict, assess
from bot.safety.last_resort import last_resort
from bot.safety.rules import Rules
from bot.settings import Settings
from bot.storage.conversations import Conversations
from bot.turn import Context, Draft, Meaning, State, Understanding

__all__ = ["MOST_CHARACTERS", "Gateway", "Responder", "Turn"]

log = structlog.get_logger()
MOST_CHARACTERS = 1_000
# After a crisis the conversation stays at concern for this many turns (safety policy, "Levels").
CONCERN_TURNS = 5
# How many characters of an overlong message the gate still reads; an emergency is answered however it is wrapped.
GATE_CHARACTERS = 4_000


class Responder(Protocol):
    """What understands a message and drafts the reply: Rasa, in ``bot.dialogue``."""

    async def respond(self, text: str, context: Context) -> Draft | None:
        """Run one turn."""


@dataclass(frozen=True)
class Turn:
    """One message as a channel hands it over.

    Attributes:
        conversation: the keyed hash of the conversation.
        text: what was typed, or None for a choice.
        choice: the id of a pressed button, or None for text.
    """

    conversation: str
    text: str | None = None
    choice: str | None = None


@dataclass
class Gateway:
    """Everything that one turn needs. ``responder`` is None while there is no model."""

    settings: Settings
    rules: Rules
    library: Library
    conversations: Conversations
    recent: RecentTexts
    detector: LanguageDetector
    today: Callable[[], datetime.date]
    responder: Responder | None = None

    async def greet(self, conversation: str, country: str) -> Reply:
        """Open a conversation and return the greeting."""
        state = State(country=self._country(country))
        await self.conversations.save(conversation, state)
        return self._notice("phrase.greeting", Behaviour.SMALLTALK, state)

    async def handle(self, turn: Turn) -> Reply:
        """Answer one turn.

        Raises:
            RequestError: if the text is too long; the channel answers with its reviewed phrase.
        """
        verdict = CALM
        try:
            if turn.text is None:
                return await self._chosen(turn)
            text = clean(turn.text).lstrip("/ ").strip()
            # The gate comes before anything that can fail or wait, the stored state included.
            verdict = assess(text[:GATE_CHARACTERS], self.recent.of(turn.conversation), self.rules)
            state = await self.conversations.load(turn.conversation)
            if verdict.level.rank >= Level.CRISIS.rank:
                self.recent.add(turn.conversation, text[:MOST_CHARACTERS])
                return await self._crisis(turn, state, verdict)
            if len(text) > MOST_CHARACTERS:
                raise RequestError("too_long", 422, "phrase.too-long")
            self.recent.add(turn.conversation, text)
            return await self._answered(turn, state, verdict, text)
        except RequestError:
            raise
        except Exception as error:
            # The outer wall: nothing may keep a person from a reply. The class alone is logged, never the message.
            log.error("turn_failed", error=type(error).__name__, safety=verdict.level.value)
            return self._fallen_back(verdict)

    def is_urgent(self, turn: Turn) -> bool:
        """Tell whether the gate finds a crisis in a turn; such a turn is never made to wait."""
        text = clean(turn.text or "")[:GATE_CHARACTERS]
        return assess(text, self.recent.of(turn.conversation), self.rules).level.rank >= Level.CRISIS.rank

    async def forget(self, conversation: str) -> bool:
        """Drop everything kept for a conversation. False if the database could not be reached."""
        self.recent.forget(conversation)
        return await self.conversations.forget(conversation)

    def emergency(self, country: str) -> Reply:
        """Return the emergency card of a country: static, and there without model and database."""
        context = self._context(State(country=self._country(country)), Verdict(Level.EMERGENCY))
        return self._from_cards(
            lambda release: compose.notice(release, context, "phrase.emergency", Behaviour.CRISIS), context
        )

    def error(self, phrase: str, state: State | None = None) -> Reply:
        """Return the reviewed reply that goes with an error; it always carries the emergency line."""
        return self._notice(phrase, Behaviour.ERROR, state or State(country=self.settings.country))

    async def _answered(self, turn: Turn, state: State, verdict: Verdict, text: str) -> Reply:
        if not text:
            return await self._finish(
                turn, state, verdict, self._phrase_draft("phrase.empty", Behaviour.CLARIFY, state)
            )
        if state.concern_turns and verdict.level is Level.NONE:
            verdict = Verdict(Level.CONCERN, state.category)
        context = self._context(state, verdict)
        draft = await self._drafted(text, context)
        if draft is None:
            log.error("turn_empty")
            return self._fallen_back(verdict)
        found = draft.reply
        if found.level.rank > verdict.level.rank:
            # The learned check raised it, inside the graph; from here on it is a crisis like any other.
            verdict = Verdict(found.level, found.category, rules=("learned",))
            if found.level.rank >= Level.CRISIS.rank:
                state = _after_crisis(state, verdict)
        puzzled = found.behaviour in {Behaviour.UNKNOWN, Behaviour.CLARIFY}
        language = self.detector.foreign(text, LEAST_CONFIDENCE if puzzled else NEAR_CERTAINTY)
        if language and found.level.rank < Level.CRISIS.rank:
            foreign = self._phrase_draft(f"phrase.not-english.{language}", Behaviour.UNKNOWN, state, language=language)
            draft = foreign or draft
        return await self._finish(turn, state, verdict, draft)

    async def _drafted(self, text: str, context: Context) -> Draft | None:
        if self.responder is None or self.library.live is None:
            return None
        deadline_s = self.settings.answer_deadline_ms / 1000
        try:
            return await asyncio.wait_for(self.responder.respond(text, context), deadline_s)
        except asyncio.TimeoutError:
            log.error("turn_slow", duration_ms=self.settings.answer_deadline_ms)
            return None

    async def _chosen(self, turn: Turn) -> Reply:
        state = await self.conversations.load(turn.conversation)
        meaning = state.choices.get(turn.choice or "")
        level = Level.CONCERN if state.concern_turns else Level.NONE
        context = self._context(state, Verdict(level, state.category if state.concern_turns else None))
        if meaning is None:
            draft = self._phrase_draft("phrase.expired-choice", Behaviour.CLARIFY, state)
            return await self._finish(turn, state, CALM, draft)
        if meaning.kind == "country":
            state = msgspec.structs.replace(state, country=self._country(meaning.value))
            if state.level.rank >= Level.CRISIS.rank and state.category:
                return await self._crisis(turn, state, Verdict(state.level, state.category))
            context = msgspec.structs.replace(context, country=state.country)
        if meaning.kind == "card":
            return await self._crisis(
                turn, state, Verdict(max(state.level, Level.CRISIS, key=_rank), state.category), meaning.value
            )
        draft = self._meant(meaning, context)
        return await self._finish(turn, state, Verdict(context.level, context.category), draft)

    def _meant(self, meaning: Meaning, context: Context) -> Draft | None:
        if meaning.kind == "phrase":
            return self._draft(lambda release: compose.notice(release, context, meaning.value, Behaviour.REFER))
        if meaning.kind == "country":
            return self._draft(lambda release: compose.country(release, context))
        live = self.library.live
        if live is None:
            return None
        release = live[0]
        understood = Understanding(route="answer", intent="", confidence=1.0)
        if release.get(meaning.value, Interaction):
            return compose.pair(release, context, understood, meaning.value)
        if release.get(meaning.value, Answer):
            return compose.answer(release, context, understood, (meaning.value,))
        return compose.notice(release, context, "phrase.not-found", Behaviour.UNKNOWN)

    async def _crisis(self, turn: Turn, state: State, verdict: Verdict, card: str | None = None) -> Reply:
        context = self._context(state, verdict)
        draft = self._draft(lambda release: compose.crisis(release, context, card))
        return await self._finish(turn, _after_crisis(state, verdict), verdict, draft)

    async def _finish(self, turn: Turn, state: State, verdict: Verdict, draft: Draft | None) -> Reply:
        """Guard the draft, remember what a next turn needs, count."""
        reply = self._guarded(draft, verdict)
        cards = tuple(part for part in reply.parts if isinstance(part, CardPart))
        left = max(0, state.concern_turns - 1)
        calmed = not left and verdict.level.rank < Level.CRISIS.rank
        missed = reply.behaviour in {Behaviour.UNKNOWN, Behaviour.CLARIFY}
        await self.conversations.save(
            turn.conversation,
            msgspec.structs.replace(
                state,
                turns=state.turns + 1,
                concern_turns=left,
                level=Level.NONE if calmed else state.level,
                category=None if calmed else state.category,
                last=tuple(card.id for card in cards[:3]),
                misses=state.misses + 1 if missed else 0,
                choices=draft.meanings if draft and draft.reply is reply else {},
            ),
        )
        log.info(
            "turn",
            behaviour=reply.behaviour.value,
            safety=reply.level.value,
            rules=list(verdict.rules),
            revision=[card.revision for card in cards],
        )
        return reply

    def _guarded(self, draft: Draft | None, verdict: Verdict) -> Reply:
        if draft is None:
            return self._fallen_back(verdict)
        for known in (self.library.live, self.library.emergency):
            if known and not known[1].violations(draft.reply):
                return draft.reply
        found = self.library.emergency[1].violations(draft.reply) if self.library.emergency else ["no_release"]
        log.error("reply_refused", code=",".join(found)[:200])
        return self._fallen_back(verdict)

    def _fallen_back(self, verdict: Verdict) -> Reply:
        """Return the crisis card when the gate found a crisis, else the apology: from memory, without the database."""
        context = self._context(State(country=self.settings.country), verdict)
        if verdict.level.rank >= Level.CRISIS.rank:
            return self._from_cards(lambda release: compose.crisis(release, context), context)
        return self._from_cards(
            lambda release: compose.notice(release, context, "phrase.error", Behaviour.ERROR), context
        )

    def _from_cards(self, build: Callable[[Release], Draft], context: Context) -> Reply:
        known = self.library.emergency
        if known is None:
            return last_resort(context.level)
        try:
            reply = build(known[0]).reply
        except (KeyError, IndexError, ValueError):
            return last_resort(context.level)
        return reply if not known[1].violations(reply) else last_resort(context.level)

    def _notice(self, phrase: str, behaviour: Behaviour, state: State) -> Reply:
        context = self._context(state, CALM)
        return self._from_cards(lambda release: compose.notice(release, context, phrase, behaviour), context)

    def _phrase_draft(self, phrase: str, behaviour: Behaviour, state: State, language: str = "en") -> Draft | None:
        context = self._context(state, CALM)
        draft = self._draft(lambda release: compose.notice(release, context, phrase, behaviour))
        if draft is None or language == "en":
            return draft
        return msgspec.structs.replace(draft, reply=msgspec.structs.replace(draft.reply, language=language))

    def _draft(self, build: Callable[[Release], Draft]) -> Draft | None:
        known = self.library.emergency
        return build(known[0]) if known else None

    def _context(self, state: State, verdict: Verdict) -> Context:
        return Context(
            turn=new_turn(),
            today=self.today(),
            country=state.country,
            countries=self.settings.countries,
            level=verdict.level,
            category=verdict.category,
            also=verdict.also,
            profile=self.settings.profile,
            dose_figures=self.settings.dose_figures,
            last=state.last,
            misses=state.misses,
        )

    def _country(self, wanted: str) -> str:
        code = wanted.upper()
        return code if code in self.settings.countries else self.settings.country


def _after_crisis(state: State, verdict: Verdict) -> State:
    return msgspec.structs.replace(
        state, level=verdict.level, category=verdict.category, concern_turns=CONCERN_TURNS + 1
    )


def _rank(level: Level) -> int:
    return level.rank
