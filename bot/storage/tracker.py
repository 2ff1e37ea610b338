"""The tracker store that Rasa gets: one that keeps nothing.

Rasa's trackers hold every message and grow with every turn. Each of our turns is complete in itself (RulePolicy, one
rule a behaviour), and what a next turn needs stands, without text, in ``bot.storage.conversations``. So every turn
starts from an empty tracker: no text is ever at rest, and turn 500 costs what turn 1 costs.
"""

from __future__ import annotations

from collections.abc import Iterable

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

__all__ = ["ForgetfulTrackerStore"]


class ForgetfulTrackerStore(TrackerStore):
    """Gives every turn an empty tracker and drops it afterwards."""

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return None: there never is an earlier tracker."""
        return None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep nothing."""

    async def keys(self) -> Iterable[str]:
        """Return no conversations."""
        return ()
