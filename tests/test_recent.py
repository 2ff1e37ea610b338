"""The last two texts of a conversation, in memory alone and for ten minutes."""

from __future__ import annotations

import pytest

from bot import recent as module
from bot.recent import KEEP_S, MOST_TEXTS, RecentTexts


class Clock:
    """Seconds that a test adds to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def recent(clock: Clock) -> RecentTexts:
    return RecentTexts(clock)


def held(recent: RecentTexts) -> int:
    """Return how many conversations are in memory, whether they are still told of or not."""
    return len(recent._texts)


def test_a_conversation_that_nobody_began_has_none(recent: RecentTexts) -> None:
    assert recent.of("c") == ()


def test_the_last_two_are_there_oldest_first(recent: RecentTexts) -> None:
    for text in ("one", "two", "three"):
        recent.add("c", text)
    assert recent.of("c") == ("two", "three")


def test_conversations_do_not_mix(recent: RecentTexts) -> None:
    recent.add("mine", "one")
    recent.add("theirs", "two")
    assert (recent.of("mine"), recent.of("theirs")) == (("one",), ("two",))


@pytest.mark.parametrize(("seconds", "texts"), [(599.9, ("one",)), (600, ()), (6000, ())])
def test_after_ten_minutes_they_are_not_told_any_more(
    recent: RecentTexts, clock: Clock, seconds: float, texts: tuple[str, ...]
) -> None:
    recent.add("c", "one")
    clock.now += seconds
    assert recent.of("c") == texts


def test_what_is_too_old_does_not_come_back_with_a_new_text(recent: RecentTexts, clock: Clock) -> None:
    recent.add("c", "one")
    clock.now += KEEP_S
    recent.add("c", "two")
    assert recent.of("c") == ("two",)


def test_a_new_text_gives_the_one_before_it_more_time(recent: RecentTexts, clock: Clock) -> None:
    recent.add("c", "one")
    clock.now += 400
    recent.add("c", "two")
    clock.now += 400
    assert recent.of("c") == ("one", "two")


def test_forgetting_leaves_nothing_in_memory(recent: RecentTexts) -> None:
    recent.add("c", "one")
    recent.add("other", "two")
    recent.forget("c")
    assert (recent.of("c"), recent.of("other"), held(recent)) == ((), ("two",), 1)


def test_forgetting_what_was_never_there_is_done(recent: RecentTexts) -> None:
    recent.forget("c")
    assert recent.of("c") == ()


def test_what_is_too_old_leaves_memory_when_anybody_writes(recent: RecentTexts, clock: Clock) -> None:
    for name in ("a", "b", "c"):
        recent.add(name, "one")
    clock.now += KEEP_S
    recent.add("d", "two")
    assert held(recent) == 1


def test_what_is_too_old_leaves_memory_when_nobody_writes(recent: RecentTexts, clock: Clock) -> None:
    recent.add("a", "one")
    clock.now += 300
    recent.add("b", "two")
    clock.now += 300
    recent.sweep()
    assert (held(recent), recent.of("b")) == (1, ("two",))
    clock.now += 300
    recent.sweep()
    assert held(recent) == 0


def test_the_conversation_that_was_silent_longest_leaves_first(
    recent: RecentTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_CONVERSATIONS", 2)
    for name in ("a", "b", "a", "c"):
        recent.add(name, name)
    assert [recent.of(name) for name in ("a", "b", "c")] == [("a", "a"), (), ("c",)]


def test_no_conversation_holds_more_than_two(recent: RecentTexts) -> None:
    for number in range(50):
        recent.add("c", str(number))
    assert len(recent.of("c")) == MOST_TEXTS == 2
