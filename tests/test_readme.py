"""What the README shows is what happens."""

from __future__ import annotations

import importlib.util
import re
from types import ModuleType

import pytest

from bot.__main__ import _COMMANDS
from bot.channels.render import plain_text
from bot.gateway import Gateway, Turn
from bot.settings import ROOT

README = (ROOT / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The script that brings the README up to date."""
    spec = importlib.util.spec_from_file_location("readme_tool", ROOT / "tools" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_setting_stands_in_the_table(tool: ModuleType) -> None:
    assert tool.TABLE.search(README).group(2) == tool.settings_table()


def test_every_command_is_named() -> None:
    named = set(re.findall(r"`(\w+)[^`]*`", README.split("## Commands")[1].split("## ")[0]))
    assert set(_COMMANDS) <= named


@pytest.mark.slow
async def test_the_transcripts_are_what_the_bot_says(tool: ModuleType, lantern: Gateway) -> None:
    shown = tool.TRANSCRIPT.findall(README)
    assert len(shown) == 2
    for _head, question, country, said, _tail in shown:
        await lantern.greet(question, country)
        reply = await lantern.handle(Turn(question, text=question))
        assert said == plain_text(reply) + "\n"


def test_every_file_that_is_linked_exists() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
