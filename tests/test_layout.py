"""The folder is the architecture: who may import whom."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bot.settings import ROOT

FREE_OF_RASA = [
    "bot/answers",
    "bot/channels",
    "bot/gateway.py",
    "bot/language",
    "bot/reply.py",
    "bot/safety",
    "bot/settings.py",
    "bot/turn.py",
]


def modules(place: str) -> list[Path]:
    path = ROOT / place
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("place", FREE_OF_RASA)
def test_a_room_does_not_import_rasa_even_inside_functions(place: str) -> None:
    offending = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in modules(place)
        for name in imported(path)
        if name.split(".")[0] in {"rasa", "rasa_sdk"} or name.startswith(("bot.nlu", "bot.dialogue"))
    }
    assert offending == set()


def test_actions_hold_no_sql_and_no_text() -> None:
    for path in modules("actions"):
        assert not any(name.startswith("sqlalchemy") for name in imported(path))
        tree = ast.parse(path.read_text("utf-8"))
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
        docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        sentences = [text for text in texts if " " in text and text not in docstrings]
        assert sentences == []


def test_only_settings_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in modules("bot")
        if "os.environ" in path.read_text("utf-8") or "os.getenv" in path.read_text("utf-8")
    }
    # boot.py sets what Rasa reads; it reads nothing.
    assert readers == {"bot/settings.py", "bot/boot.py"}
