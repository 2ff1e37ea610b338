"""``evaluate``: claims about quality as commands with numbers. This first one measures the crisis gate."""

from __future__ import annotations

import argparse
from pathlib import Path

from bot.evaluation import safety
from bot.safety.rules import Rules
from bot.settings import ROOT, Settings

__all__ = ["configure", "do"]

HELD_OUT = ROOT / "tests" / "data" / "safety" / "heldout.jsonl"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    gate = kinds.add_parser("safety", help="crisis recall and false alarms")
    gate.add_argument("--file", type=Path, default=HELD_OUT, help="JSON lines; the held-out set by default")
    gate.set_defaults(do=do)


def do(options: argparse.Namespace, settings: Settings) -> int:
    """Measure the gate and print its figures."""
    print(safety.measure(options.file, Rules.load(settings.rules_dir)))
    return 0
