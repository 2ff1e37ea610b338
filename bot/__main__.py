"""``python -m bot <command>``: the way in for operators. Every command has ``--help`` and exits non-zero on failure."""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
from collections.abc import Sequence
from types import MappingProxyType

from bot import settings
from bot.errors import LanternError

__all__ = ["main"]

# Only the module of the command that was asked for is imported: Rasa alone takes seconds.
_COMMANDS = MappingProxyType(
    {
        "run": "train and publish if something changed, then serve",
        "serve": "serve the bot and its page",
        "train": "train the model",
        "chat": "talk to the bot in the terminal",
        "ask": "ask one question, or a file of them",
        "content": "lint, publish and look at the reviewed text",
        "evaluate": "measure",
        "purge": "drop conversation state that is past its time",
    }
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Rasa's dependencies warn by the dozen while they are imported; the log's level drops that.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)
    parser = argparse.ArgumentParser(prog="python -m bot", description="Lantern: reviewed answers about kratom.")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, says in _COMMANDS.items():
        subparser = subparsers.add_parser(name, help=says, description=says)
        if given[:1] == [name]:
            importlib.import_module(f"bot.commands.{name}").configure(subparser)
    options = parser.parse_args(given)
    try:
        return int(options.do(options, settings.load()))
    except LanternError as error:
        print(f"lantern: {error.public}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Somebody piped us into head.
        return 0


if __name__ == "__main__":
    sys.exit(main())
