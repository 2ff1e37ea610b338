"""``purge``: drops what is past its time. The server does the same on a schedule."""

from __future__ import annotations

import argparse
import datetime

from bot.app import utc_now
from bot.settings import Settings
from bot.storage.conversations import Conversations
from bot.storage.engine import migrate, open_engine

__all__ = ["configure", "do"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.set_defaults(do=do)


def do(_options: argparse.Namespace, settings: Settings) -> int:
    """Purge, and say how many rows went."""
    engine = open_engine(settings.resolved_database_url())
    migrate(engine)
    conversations = Conversations(engine, utc_now, datetime.timedelta(hours=settings.keep_hours))
    try:
        print(f"dropped {conversations.purge()} conversations")
    finally:
        conversations.close()
    return 0
