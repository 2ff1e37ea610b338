"""``run``: what ``make run`` calls. Trains and publishes when something changed, then serves."""

from __future__ import annotations

import argparse

from bot.commands import content, serve, train
from bot.settings import Settings

__all__ = ["configure", "do"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options to its parser."""
    parser.set_defaults(do=do, if_changed=True)


def do(options: argparse.Namespace, settings: Settings) -> int:
    """Do what is needed, then serve."""
    train.do(options, settings)
    content.publish(options, settings)
    return serve.do(options, settings)
