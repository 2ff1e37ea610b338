"""Opens a gateway for the commands that talk without a server."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot import boot
from bot.gateway import Gateway
from bot.settings import Settings

__all__ = ["fresh_conversation", "open_gateway"]


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[Gateway]:
    """Give a gateway with release and model loaded, and close it afterwards."""
    boot.prepare("error")
    from bot.app import create_gateway, load_responder

    gateway = create_gateway(settings)
    try:
        await load_responder(gateway)
        yield gateway
    finally:
        gateway.conversations.close()


def fresh_conversation() -> str:
    """Return the name of a conversation that nobody else has."""
    return secrets.token_hex(32)
