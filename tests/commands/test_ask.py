"""``ask``: one turn, or a file of conversations, through the same gateway as everybody else."""

from __future__ import annotations

import argparse
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.answers import compose
from bot.answers.release import Release
from bot.channels.render import plain_text
from bot.commands import ask
from bot.errors import LanternError
from bot.gateway import Gateway
from bot.reply import from_builtins
from bot.settings import Settings
from bot.turn import Context, Draft, Understanding

Run = Callable[..., int]
CALM = "what is a normal dose"


class Answering:
    """Stands where Rasa stands, and remembers what it was asked after what."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    async def respond(self, text: str, context: Context) -> Draft | None:
        self.asked.append((text, context.last))
        return compose.answer(self.release, context, Understanding("answer", "x", 1.0), ["kratom.dosing.no-safe-dose"])


@pytest.fixture
def answering(gateway: Gateway, release: Release) -> Answering:
    gateway.responder = Answering(release)
    return gateway.responder


@pytest.fixture
def run(settings: Settings, gateway: Gateway, answering: Answering, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command with these arguments, with a gateway that needs no model."""

    @asynccontextmanager
    async def opened(_settings: Settings) -> AsyncIterator[Gateway]:
        yield gateway

    monkeypatch.setattr(ask, "open_gateway", opened)
    parser = argparse.ArgumentParser()
    ask.configure(parser)

    def do(*arguments: str) -> int:
        options = parser.parse_args(arguments)
        return int(options.do(options, settings))

    return do


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def stored(gateway: Gateway) -> int:
    with gateway.conversations._engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM conversation").scalar())


def test_a_question_is_answered_as_text(run: Run, capsys: pytest.CaptureFixture[str], answering: Answering) -> None:
    assert run(CALM) == 0
    assert "kratom" in capsys.readouterr().out.lower()
    assert answering.asked == [(CALM, ())]


def test_a_question_is_answered_as_json(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(CALM, "--json") == 0
    reply = from_builtins(json.loads(capsys.readouterr().out))
    assert reply.parts[0].id == "kratom.dosing.no-safe-dose"  # type: ignore[union-attr]


def test_text_and_json_say_the_same(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("he is not breathing", "--country", "GB", "--json")
    reply = from_builtins(json.loads(capsys.readouterr().out))
    run("he is not breathing", "--country", "GB")
    assert capsys.readouterr().out == plain_text(reply) + "\n"
    assert "999" in plain_text(reply)


def test_a_message_that_is_too_long_gets_its_reviewed_reply(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("kratom " * 200, "--json") == 0
    reply = from_builtins(json.loads(capsys.readouterr().out))
    assert (reply.behaviour.value, reply.parts[0].id) == ("error", "phrase.too-long")  # type: ignore[union-attr]


def test_nothing_is_kept_of_it(run: Run, gateway: Gateway) -> None:
    run(CALM)
    assert stored(gateway) == 0
    assert gateway.recent._texts == {}


def test_a_file_of_conversations_becomes_a_file_of_replies(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [
        {"id": 1, "turns": [CALM, "he is not breathing"], "country": "GB"},
        {"id": "two", "turns": ["x" * 1001]},
        {"id": {"any": "thing"}, "turns": []},
    ]
    source.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    assert run("--batch", str(source), "--out", str(target)) == 0
    found = read(target)
    assert [row["id"] for row in found] == [1, "two", {"any": "thing"}]
    assert [[from_builtins(reply).level.value for reply in row["replies"]] for row in found] == [
        ["none", "emergency"], ["none"], [],
    ]  # fmt: skip
    assert "999" in json.dumps(found[0]["replies"][1])
    assert capsys.readouterr().err.startswith("3 conversations in ")


def test_every_line_is_a_fresh_conversation(run: Run, tmp_path: Path, answering: Answering, gateway: Gateway) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(json.dumps({"id": number, "turns": [CALM, CALM]}) for number in range(2)))
    run("--batch", str(source), "--out", str(target))
    shown = ("kratom.dosing.no-safe-dose",)
    assert [last for _, last in answering.asked] == [(), shown, (), shown]
    assert stored(gateway) == 0


def test_a_split_message_is_read_together_within_a_line_alone(run: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    halves = ["she stopped", "breathing"]
    rows = [{"id": 1, "turns": halves}, {"id": 2, "turns": halves[:1]}, {"id": 3, "turns": halves[1:]}]
    source.write_text("\n".join(json.dumps(row) for row in rows))
    run("--batch", str(source), "--out", str(target))
    assert [row["replies"][-1]["level"] == "emergency" for row in read(target)] == [True, False, False]


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("{", 1),
        ("nonsense", 1),
        ('{"id": 1}', 1),
        ('{"turns": ["x"]}', 1),
        ('{"id": 1, "turns": "x"}', 1),
        ('{"id": 1, "turns": [1]}', 1),
        ('{"id": 1, "turns": ["x"], "colour": "red"}', 1),
        ('{"id": 1, "turns": ["x"]}\n\n{"id": 2}', 3),
    ],
)
def test_a_broken_line_is_named_and_nothing_is_asked(
    run: Run, tmp_path: Path, answering: Answering, line: str, number: int
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text(line)
    with pytest.raises(LanternError) as refused:
        run("--batch", str(source), "--out", str(tmp_path / "out.jsonl"))
    assert refused.value.public.startswith(f'in.jsonl:{number}: not {{"id", "turns": [text, ...], "country"?}}: ')
    assert answering.asked == []
    assert not (tmp_path / "out.jsonl").exists()


def test_a_line_that_is_no_text_is_named(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(b'{"id": 1, "turns": ["\xff"]}')
    with pytest.raises(LanternError):
        run("--batch", str(source), "--out", str(tmp_path / "out.jsonl"))


def test_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    with pytest.raises(LanternError, match=r"in\.jsonl cannot be read\.$"):
        run("--batch", str(tmp_path / "in.jsonl"), "--out", str(tmp_path / "out.jsonl"))


def test_a_place_that_cannot_be_written_is_named(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    source.write_text("")
    with pytest.raises(LanternError, match=r"nowhere/out\.jsonl cannot be written\.$"):
        run("--batch", str(source), "--out", str(tmp_path / "nowhere" / "out.jsonl"))


@pytest.mark.parametrize(
    "arguments",
    [(), ("--batch", "in.jsonl"), ("--out", "out.jsonl"), ("hi", "--batch", "a", "--out", "b"), ("hi", "--out", "b")],
)
def test_half_of_an_order_is_refused(run: Run, answering: Answering, arguments: tuple[str, ...]) -> None:
    with pytest.raises(LanternError, match=r"^Give a question, or both --batch and --out\.$"):
        run(*arguments)
    assert answering.asked == []
