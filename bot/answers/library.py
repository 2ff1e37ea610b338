"""Holds what is served: the live release, and the crisis cards that need no database.

The crisis cards are read from the content files at start, so that they are there with the database gone. The release
is loaded when the database can be reached, and again when another one becomes live.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import structlog

from bot.answers import repository
from bot.answers.models import CrisisCard
from bot.answers.release import Release, build
from bot.errors import ContentError, StorageError
from bot.safety.guard import Guard

__all__ = ["Library", "Releases"]

log = structlog.get_logger()


class Releases(Protocol):
    """Where releases are kept."""

    def live_id(self) -> str | None:
        """Return the id of the live release."""

    def load_live(self) -> Release:
        """Load the live release whole."""


class Library:
    """The release in memory and the guard that knows its words; swapped together, atomically."""

    def __init__(self, emergency: Release | None, releases: Releases) -> None:
        """Keep the crisis cards and where releases come from. ``open`` makes one from files."""
        self._releases = releases
        self._emergency = (emergency, Guard(emergency)) if emergency else None
        self._live: tuple[Release, Guard] | None = None

    @classmethod
    def open(cls, content_dir: Path, releases: Releases) -> Library:
        """Read the crisis cards. Damaged ones are logged, not fatal: the sentence of last resort stands behind them."""
        try:
            cards = build(repository.load_crisis(content_dir))
            return cls(cards if any(cards.of(CrisisCard)) else None, releases)
        except ContentError as error:
            log.error("crisis_cards_damaged", error=type(error).__name__)
            return cls(None, releases)

    @property
    def live(self) -> tuple[Release, Guard] | None:
        """The live release and its guard, None until one could be loaded."""
        return self._live

    def release(self) -> Release:
        """Return the live release.

        Raises:
            ContentError: if none was loaded.
        """
        if self._live is None:
            raise ContentError("No release is loaded.")
        return self._live[0]

    @property
    def emergency(self) -> tuple[Release, Guard] | None:
        """What can answer an emergency: the live release when there is one, else the crisis cards alone."""
        return self._live or self._emergency

    def refresh(self) -> bool:
        """Load the live release when it is not the one in memory; blocking.

        Returns:
            True if a release is in memory afterwards. A failure keeps the one that was there.
        """
        try:
            live_id = self._releases.live_id()
            if self._live is None or live_id != self._live[0].id:
                release = self._releases.load_live()
                self._live = (release, Guard(release))
                log.info("release_loaded", release=release.id[:12], count=len(release.revisions))
        except (StorageError, ContentError) as error:
            log.error("release_not_loaded", error=type(error).__name__)
        return self._live is not None
