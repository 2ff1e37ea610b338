"""Rate limits: a message a conversation, a request an address. Counted by the ``limits`` library."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from bot.errors import RequestError
from bot.settings import Settings

__all__ = ["RateLimits"]


class RateLimits:
    """Refuses what comes too fast."""

    def __init__(self, settings: Settings) -> None:
        """Start empty, in memory."""
        # The limiter holds its storage weakly; without a name of its own it would be gone.
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._turns = RateLimitItemPerMinute(settings.turns_per_minute)
        self._requests = RateLimitItemPerMinute(settings.requests_per_minute)

    def turn(self, conversation: str) -> None:
        """Count a message of a conversation.

        Raises:
            RequestError: if there were too many within a minute.
        """
        self._count(self._turns, "turn", conversation)

    def request(self, address: str) -> None:
        """Count a request of an address, given as a keyed hash.

        Raises:
            RequestError: if there were too many within a minute.
        """
        self._count(self._requests, "request", address)

    def _count(self, item: RateLimitItemPerMinute, *names: str) -> None:
        if not self._limiter.hit(item, *names):
            raise RequestError("rate_limited", 429, "phrase.rate-limited")
