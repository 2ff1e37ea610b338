"""``train``: the model, from nothing, with progress."""

from __future__ import annotations

import argparse
import sys

from bot import boot
from bot.settings import Settings

__all__ = ["configure", "do"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.add_argument("--if-changed", action="store_true", help="do nothing when the model is current")
    parser.set_defaults(do=do)


def do(options: argparse.Namespace, settings: Settings) -> int:
    """Train."""
    boot.prepare(settings.log_level)
    from bot import training

    if options.if_changed and training.is_current(settings):
        return 0
    trained = training.train(settings, lambda line: print(line, file=sys.stderr, flush=True))
    kind = "with" if trained.with_encoder else "without"
    print(
        f"trained on {trained.examples} examples in {trained.seconds:.0f} s, {kind} the sentence encoder",
        file=sys.stderr,
    )
    return 0
