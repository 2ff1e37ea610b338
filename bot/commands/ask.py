"""``ask``: one turn, or many from a file."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from bot.channels.render import plain_text
from bot.commands.session import fresh_conversation, open_gateway
from bot.errors import LanternError, RequestError
from bot.gateway import Gateway, Turn
from bot.reply import Reply, to_builtins, to_json
from bot.settings import Settings

__all__ = ["configure", "do"]

_PROGRESS_EVERY_S = 2.0


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line of a batch: one fresh conversation."""

    id: Any
    turns: list[str]
    country: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.add_argument("text", nargs="?", help="the question")
    parser.add_argument("--country", default="", help="two-letter country code")
    parser.add_argument("--json", action="store_true", help="print the Reply as JSON")
    parser.add_argument(
        "--batch", type=Path, metavar="IN.jsonl", help='lines of {"id", "turns": [text, ...], "country"?}'
    )
    parser.add_argument("--out", type=Path, metavar="OUT.jsonl", help='where lines of {"id", "replies"} go')
    parser.set_defaults(do=do)


def do(options: argparse.Namespace, settings: Settings) -> int:
    """Ask."""
    if (options.text is None) == (options.batch is None) or (options.batch is None) != (options.out is None):
        raise LanternError("Give a question, or both --batch and --out.")
    return asyncio.run(_batch(options, settings) if options.batch else _single(options, settings))


async def _single(options: argparse.Namespace, settings: Settings) -> int:
    async with open_gateway(settings) as gateway:
        reply = await _turns(gateway, [options.text], options.country)
    sys.stdout.write((to_json(reply[0]).decode() if options.json else plain_text(reply[0])) + "\n")
    return 0


async def _batch(options: argparse.Namespace, settings: Settings) -> int:
    lines = _read(options.batch)
    started = told = time.monotonic()
    async with open_gateway(settings) as gateway:
        try:
            with options.out.open("w", encoding="utf-8") as out:
                for number, line in enumerate(lines, start=1):
                    replies = await _turns(gateway, line.turns, line.country)
                    row = {"id": line.id, "replies": [to_builtins(reply) for reply in replies]}
                    out.write(msgspec.json.encode(row).decode() + "\n")
                    if time.monotonic() - told > _PROGRESS_EVERY_S:
                        told = time.monotonic()
                        print(f"{number} of {len(lines)}", file=sys.stderr, flush=True)
        except OSError as error:
            raise LanternError(f"{options.out} cannot be written.") from error
    print(f"{len(lines)} conversations in {time.monotonic() - started:.1f} s", file=sys.stderr)
    return 0


def _read(path: Path) -> list[Line]:
    try:
        raw = path.read_bytes().splitlines()
    except OSError as error:
        raise LanternError(f"{path} cannot be read.") from error
    lines: list[Line] = []
    for number, row in enumerate(raw, start=1):
        if not row.strip():
            continue
        try:
            lines.append(msgspec.json.decode(row, type=Line))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise LanternError(
                f'{path.name}:{number}: not {{"id", "turns": [text, ...], "country"?}}: {error}'
            ) from error
    return lines


async def _turns(gateway: Gateway, texts: list[str], country: str) -> list[Reply]:
    conversation = fresh_conversation()
    await gateway.greet(conversation, country)
    replies: list[Reply] = []
    for text in texts:
        try:
            replies.append(await gateway.handle(Turn(conversation, text=text)))
        except RequestError as error:
            replies.append(gateway.error(error.phrase))
    await gateway.forget(conversation)
    return replies
