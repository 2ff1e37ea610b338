"""What comes too fast is refused, each conversation and each address for itself."""

from __future__ import annotations

import dataclasses
import gc
import time

import pytest

from bot.channels.limits import RateLimits
from bot.errors import RequestError
from bot.settings import Settings


@pytest.fixture
def limits(settings: Settings) -> RateLimits:
    return RateLimits(dataclasses.replace(settings, turns_per_minute=3, requests_per_minute=5))


def test_the_message_after_the_last_allowed_one_is_refused(limits: RateLimits) -> None:
    for _ in range(3):
        limits.turn("c")
    with pytest.raises(RequestError) as refused:
        limits.turn("c")
    assert (refused.value.code, refused.value.status, refused.value.phrase) == (
        "rate_limited",
        429,
        "phrase.rate-limited",
    )


def test_the_request_after_the_last_allowed_one_is_refused(limits: RateLimits) -> None:
    for _ in range(5):
        limits.request("address")
    with pytest.raises(RequestError, match="rate_limited"):
        limits.request("address")


def test_one_conversation_does_not_slow_another_down(limits: RateLimits) -> None:
    for name in ("a", "b", "c"):
        for _ in range(3):
            limits.turn(name)


def test_messages_and_requests_are_counted_apart(limits: RateLimits) -> None:
    for _ in range(3):
        limits.turn("same")
    for _ in range(5):
        limits.request("same")


def test_two_servers_count_apart(settings: Settings) -> None:
    few = dataclasses.replace(settings, turns_per_minute=1)
    RateLimits(few).turn("c")
    RateLimits(few).turn("c")


def test_the_counts_are_not_collected_as_rubbish(limits: RateLimits) -> None:
    # The limiter holds its storage weakly, and the storage a timer of a hundredth of a second that holds it.
    time.sleep(0.05)
    gc.collect()
    for _ in range(3):
        limits.turn("c")
    time.sleep(0.05)
    gc.collect()
    with pytest.raises(RequestError):
        limits.turn("c")


def test_after_a_minute_there_is_room_again(limits: RateLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    from limits.storage import memory

    now = [1_800_000_000.0]
    monkeypatch.setattr(memory.time, "time", lambda: now[0])
    for _ in range(3):
        limits.turn("c")
    now[0] += 59
    with pytest.raises(RequestError):
        limits.turn("c")
    now[0] += 2
    limits.turn("c")


def test_as_many_as_the_settings_say_are_allowed(settings: Settings) -> None:
    limits = RateLimits(settings)
    for _ in range(settings.turns_per_minute):
        limits.turn("c")
    with pytest.raises(RequestError):
        limits.turn("c")
