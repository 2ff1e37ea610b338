"""``chat``: a conversation in the terminal, through the same gateway as every other channel."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bot.channels.render import plain_text
from bot.commands.session import fresh_conversation, open_gateway
from bot.errors import RequestError
from bot.gateway import Gateway, Turn
from bot.reply import ChoicesPart, Reply
from bot.settings import Settings

__all__ = ["configure", "do"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.add_argument("--country", default="", help="two-letter country code")
    parser.set_defaults(do=do)


def do(options: argparse.Namespace, settings: Settings) -> int:
    """Talk until the end of the input."""
    return asyncio.run(_talk(options, settings))


async def _talk(options: argparse.Namespace, settings: Settings) -> int:
    async with open_gateway(settings) as gateway:
        conversation = fresh_conversation()
        reply = await gateway.greet(conversation, options.country)
        print(plain_text(reply))
        while True:
            print("\n> ", end="", flush=True)
            line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
            if not line:
                break
            reply = await _answer(gateway, conversation, line, reply)
            print("\n" + plain_text(reply))
        await gateway.forget(conversation)
    return 0


async def _answer(gateway: Gateway, conversation: str, line: str, before: Reply) -> Reply:
    choices = [choice for part in before.parts if isinstance(part, ChoicesPart) for choice in part.choices]
    number = line.strip()
    chosen = (
        choices[int(number) - 1].id
        if number.isascii() and number.isdigit() and 0 < int(number) <= len(choices)
        else None
    )
    try:
        return await gateway.handle(Turn(conversation, text=None if chosen else line, choice=chosen))
    except RequestError as error:
        return gateway.error(error.phrase)
