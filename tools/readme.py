"""Brings the README's transcripts and its table of settings up to date. Run after content or settings changed.

usage: .venv/bin/python tools/readme.py
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import fields
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot import settings as settings_module
from bot.channels.render import plain_text
from bot.commands.session import fresh_conversation, open_gateway
from bot.gateway import Turn
from bot.settings import ROOT, Settings

README = ROOT / "README.md"
TRANSCRIPT = re.compile(r'(```text\n\$ python -m bot ask "([^"]+)" --country (\w\w)\n)(.*?)(```)', re.DOTALL)
TABLE = re.compile(r"(\| setting \| default \| does \|\n\| --- \| --- \| --- \|\n)((?:\|.*\n)*)")


def settings_table() -> str:
    """Return the rows of the table of settings."""
    rows = [one.metadata for one in fields(Settings)]
    return "".join(
        f"| `{row['name']}` | {row['default'] and '`' + row['default'] + '`'} | {row['help']} |\n" for row in rows
    )


async def main() -> None:
    """Rewrite the README in place."""
    text = README.read_text("utf-8")
    async with open_gateway(settings_module.load()) as gateway:
        for whole, head, question, country, _, tail in [(m.group(0), *m.groups()) for m in TRANSCRIPT.finditer(text)]:
            conversation = fresh_conversation()
            await gateway.greet(conversation, country)
            reply = await gateway.handle(Turn(conversation, text=question))
            text = text.replace(whole, f"{head}{plain_text(reply)}\n{tail}")
    README.write_text(TABLE.sub(lambda found: found.group(1) + settings_table(), text), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
