"""``evaluate safety | nlu | speed``: claims about quality as commands with numbers."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from bot import boot
from bot.answers.release import Release
from bot.errors import LanternError
from bot.settings import ROOT, Settings

__all__ = ["configure", "gate", "questions", "speed"]

HELD_OUT_MESSAGES = ROOT / "tests" / "data" / "safety" / "heldout.jsonl"
HELD_OUT_QUESTIONS = ROOT / "tests" / "data" / "questions" / "heldout.jsonl"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    safety = kinds.add_parser("safety", help="crisis recall and false alarms, of the rules and with the learned check")
    safety.add_argument("--file", type=Path, default=HELD_OUT_MESSAGES, help="JSON lines; the held-out set by default")
    safety.add_argument("--rules-only", action="store_true", help="leave the learned check out")
    safety.set_defaults(do=gate)
    nlu = kinds.add_parser("nlu", help="routes and answers on questions never trained on")
    nlu.add_argument("--file", type=Path, default=HELD_OUT_QUESTIONS, help="JSON lines; the held-out set by default")
    nlu.add_argument("--wrong", action="store_true", help="list what went wrong (not for the held-out set)")
    nlu.set_defaults(do=questions)
    timed = kinds.add_parser("speed", help="start-up, memory and answer times of a real server on loopback")
    timed.add_argument("--count", type=int, default=500, help="how many answers to time")
    timed.set_defaults(do=speed)


def gate(options: argparse.Namespace, settings: Settings) -> int:
    """Measure the crisis check and print its figures."""
    boot.prepare("error")
    from bot.dialogue import Dialogue
    from bot.evaluation import safety
    from bot.safety.rules import Rules

    rules = Rules.load(settings.rules_dir)
    if options.rules_only:
        print(safety.table(safety.measure(options.file, rules)))
        return 0

    async def measured() -> str:
        dialogue = await Dialogue.load(settings.model_dir, _no_release)
        learned = {text: (await dialogue.understand(text)).danger for text in safety.last_texts(options.file)}
        return safety.table(safety.measure(options.file, rules, learned))

    print(asyncio.run(measured()))
    return 0


def questions(options: argparse.Namespace, settings: Settings) -> int:
    """Measure understanding and print its figures."""
    boot.prepare("error")
    from bot.dialogue import Dialogue
    from bot.evaluation.questions import measure

    async def measured() -> int:
        dialogue = await Dialogue.load(settings.model_dir, _no_release)
        report = await measure(options.file, dialogue.understand)
        print(report)
        if options.wrong:
            for number, expected, came in report.wrong:
                print(f"{number}: expected {expected}; {came}")
        return 0

    return asyncio.run(measured())


def speed(options: argparse.Namespace, settings: Settings) -> int:
    """Measure a server on questions, emergencies and what is out of scope, mixed as the held-out sets mix them."""
    from bot.evaluation.questions import texts_of
    from bot.evaluation.safety import last_texts
    from bot.evaluation.speed import measure

    mixed = [*texts_of(HELD_OUT_QUESTIONS), *last_texts(HELD_OUT_MESSAGES)[::10]]
    print(asyncio.run(measure(settings, mixed, options.count)))
    return 0


def _no_release() -> Release:
    """Stand where the release would come from: understanding needs none."""
    raise LanternError("No release is needed to understand.")
