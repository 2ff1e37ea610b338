"""Measures a real server: seconds until it is ready, memory, and how long an answer takes."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bot.errors import LanternError
from bot.settings import Settings

__all__ = ["SpeedReport", "measure"]

# A fresh conversation after this many turns, which keeps below the limit of a conversation.
TURNS = 20
READY_WITHIN_S = 60.0


@dataclass(frozen=True)
class SpeedReport:
    """What was measured.

    Attributes:
        ready_s: seconds from the start of the process until ``/ready`` says so.
        memory_mb: resident memory after the last answer.
        answers_ms: the time of each ``POST /v1/chat``, as the client saw it.
    """

    ready_s: float
    memory_mb: float
    answers_ms: tuple[float, ...]

    def __str__(self) -> str:
        """Return the figures as lines."""
        cuts = statistics.quantiles(self.answers_ms, n=100)
        return (
            f"ready after {self.ready_s:.1f} s, {self.memory_mb:.0f} MB\n"
            f"{len(self.answers_ms)} answers over loopback, one after the other: "
            f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms, worst {max(self.answers_ms):.1f} ms"
        )


async def measure(settings: Settings, texts: Sequence[str], count: int) -> SpeedReport:
    """Start a server of its own on a free port, ask it questions, and end it.

    Args:
        settings: whose model and release are served; the database is the same, conversations are forgotten after 24 h.
        texts: what is asked, in a fixed random order, over and over.
        count: how many answers are timed.

    Raises:
        LanternError: if the server does not get ready.
    """
    port = _free_port()
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        environment = {**_environment(settings), "LANTERN_PORT": str(port), "LANTERN_REQUESTS_PER_MINUTE": "1000000"}
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "serve", env=environment, stdout=log, stderr=log
        )
        try:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
                await _until_ready(session, server)
                ready_s = time.perf_counter() - started
                answers = await _ask(session, texts, count)
            return SpeedReport(ready_s, _memory_mb(server.pid), tuple(answers))
        finally:
            with suppress(ProcessLookupError):
                server.terminate()
            await server.wait()


async def _until_ready(session: aiohttp.ClientSession, server: asyncio.subprocess.Process) -> None:
    deadline = time.perf_counter() + READY_WITHIN_S
    while time.perf_counter() < deadline and server.returncode is None:
        with suppress(aiohttp.ClientError):
            async with session.get("/ready") as response:
                if response.status == 200:
                    return
        await asyncio.sleep(0.05)
    raise LanternError("The server did not get ready. Try: python -m bot serve")


async def _ask(session: aiohttp.ClientSession, texts: Sequence[str], count: int) -> list[float]:
    order = random.Random(0)  # noqa: S311 - an order, not a secret
    asked = [order.choice(texts) for _ in range(count)]
    times: list[float] = []
    token = ""
    for number, text in enumerate(asked):
        if number % TURNS == 0:
            async with session.post("/v1/conversations", json={"country": "US"}) as response:
                token = (await response.json())["conversation"]
        started = time.perf_counter()
        async with session.post("/v1/chat", json={"conversation": token, "text": text}) as response:
            await response.read()
        times.append((time.perf_counter() - started) * 1000)
    return times


def _environment(settings: Settings) -> Mapping[str, str]:
    return {
        "PATH": os.defpath,
        "LANTERN_DATA_DIR": str(settings.data_dir),
        "LANTERN_MODEL_DIR": str(settings.model_dir),
        "LANTERN_CONTENT_DIR": str(settings.content_dir),
        "LANTERN_RULES_DIR": str(settings.rules_dir),
        "LANTERN_LOG_LEVEL": "error",
    }


def _memory_mb(pid: int) -> float:
    """Return the resident memory of a process; 0 where there is no /proc."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("ascii").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
