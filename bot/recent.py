"""The last two messages of each conversation, in memory alone, for a few minutes.

People split what they say over messages ("i took them" … "all of them"); the gate reads the last ones together. They
are never written anywhere, and leave memory after ten minutes, with ``forget``, or when newer conversations need room.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence

__all__ = ["RecentTexts"]

KEEP_S = 600.0
MOST_TEXTS = 2
MOST_CONVERSATIONS = 10_000


class RecentTexts:
    """Remembers little, briefly."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start empty.

        Args:
            clock: seconds that only grow.
        """
        self._clock = clock
        self._texts: OrderedDict[str, tuple[float, deque[str]]] = OrderedDict()

    def of(self, conversation: str) -> Sequence[str]:
        """Return the texts of a conversation, oldest first; none when they are too old."""
        when, texts = self._texts.get(conversation, (0.0, deque()))
        return tuple(texts) if self._clock() - when < KEEP_S else ()

    def add(self, conversation: str, text: str) -> None:
        """Remember a text, and let go of what is too old or too much."""
        earlier = self.of(conversation)
        self._texts[conversation] = (self._clock(), deque((*earlier, text), maxlen=MOST_TEXTS))
        self._texts.move_to_end(conversation)
        while len(self._texts) > MOST_CONVERSATIONS:
            self._texts.popitem(last=False)
        self.sweep()

    def forget(self, conversation: str) -> None:
        """Let go of a conversation at once."""
        self._texts.pop(conversation, None)

    def sweep(self) -> None:
        """Let go of what is too old. The server calls it on a schedule, so that silence does not keep anything."""
        while self._texts and self._is_old(next(iter(self._texts))):
            self._texts.popitem(last=False)

    def _is_old(self, conversation: str) -> bool:
        return self._clock() - self._texts[conversation][0] >= KEEP_S
