"""One action for each routing intent of the domain. Each hands what was understood to one function of the composer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher

from bot.answers import compose
from bot.answers.release import Release
from bot.turn import Context, Draft, Understanding

__all__ = ["ReplyAction", "register"]

Compose = Callable[[Release, Context, Understanding], Draft]


class ReplyAction(Action):
    """Builds the reply for one routing intent."""

    def __init__(self, name: str, build: Compose, release: Callable[[], Release]) -> None:
        """Keep what it is called, which composer function it runs, and where the live release comes from."""
        self._name = name
        self._build = build
        self._release = release

    def name(self) -> str:
        """Return the action's name in the domain."""
        return self._name

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Utter one structured message: the draft of the reply."""
        message = next(event for event in reversed(tracker.events) if event["event"] == "user")
        context = msgspec.convert(message["metadata"]["context"], Context)
        understood = msgspec.convert(message["parse_data"]["understanding"], Understanding)
        draft = compose.raised(self._release(), context, understood, self._build)
        dispatcher.utter_message(json_message=msgspec.to_builtins(draft))
        return []


def register(executor: ActionExecutor, release: Callable[[], Release]) -> None:
    """Register every action by name. Explicit, because rasa_sdk would otherwise take any subclass in the process."""
    for name, build in _BUILDERS.items():
        executor.register_action(ReplyAction(f"action_{name}", build, release))


def _ids(understood: Understanding) -> list[str]:
    return [ranked.id for ranked in understood.answers]


def _answer(release: Release, context: Context, understood: Understanding) -> Draft:
    return compose.answer(release, context, understood, _ids(understood)[:1])


def _decline(release: Release, context: Context, understood: Understanding) -> Draft:
    return compose.decline(release, context, understood, _ids(understood)[0])


def _clarify(release: Release, context: Context, understood: Understanding) -> Draft:
    return compose.clarify(release, context, understood, _ids(understood))


def _refer(release: Release, context: Context, understood: Understanding) -> Draft:
    return compose.refer(release, context, understood, _ids(understood)[:1])


def _unknown(release: Release, context: Context, understood: Understanding) -> Draft:
    return compose.unknown(release, context, understood, _ids(understood))


_BUILDERS: dict[str, Compose] = {
    "answer": _answer,
    "clarify": _clarify,
    "decline": _decline,
    "interactions": compose.interactions,
    "refer": _refer,
    "smalltalk": compose.smalltalk,
    "unknown": _unknown,
}
