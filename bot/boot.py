"""What has to happen before Rasa is imported: quiet imports without TensorFlow, no telemetry, logs without text.

Rasa 3.6.21 reaches TensorFlow from four modules although this project uses none of its networks. ``prepare`` puts
small stand-ins into ``sys.modules`` first. ``tests/contract/test_tensorflow_free.py`` fails when a new Rasa needs more.
"""

from __future__ import annotations

import logging
import os
import sys
from types import ModuleType
from typing import Any

import structlog

__all__ = ["configure_logging", "prepare"]

_ALLOWED_FIELDS = frozenset(
    {
        "attempt",
        "behaviour",
        "channel",
        "code",
        "component",
        "count",
        "duration_ms",
        "error",
        "event",
        "level",
        "release",
        "revision",
        "rules",
        "safety",
        "status",
        "timestamp",
        "where",
    }
)


def prepare(log_level: str = "warning") -> None:
    """Make this process ready to import Rasa. May be called more than once."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("MPLBACKEND", "agg")
    configure_logging(log_level)
    _stand_in("rasa.utils.tensorflow.callback", "RasaTrainingLogger", "RasaModelCheckpoint")
    _stand_in("rasa.utils.tensorflow.data_generator", "RasaBatchDataGenerator")
    _stand_in_for_components()
    _stand_in_for_validator()


def configure_logging(level: str) -> None:
    """Log one line an event to stderr: names, counts and durations, never a message, an identity or a traceback.

    Rasa's own loggers are silenced below *error*, and their lines are cut to the event's name, because at every level
    some of them carry the user's text, and exceptions carry local variables.
    """
    number = logging.getLevelName(level.upper())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_NameOnly())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _keep_allowed,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number if isinstance(number, int) else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


class _NameOnly(logging.Formatter):
    """Formats a record of a library as its logger's name and the class of its exception: nothing it says is trusted."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        return f'{{"component": "{record.name}", "event": "library", "level": "{record.levelname.lower()}", "error": "{kind}"}}'


def _keep_allowed(_logger: Any, _method: str, event: Any) -> Any:
    """Drop every field that is not on the list; Rasa logs through structlog too, with the user's text in its fields."""
    allowed = {key: value for key, value in event.items() if key in _ALLOWED_FIELDS}
    name = str(allowed.get("event", ""))
    allowed["event"] = name if name.replace(".", "").replace("_", "").isalnum() and len(name) <= 80 else "library"
    return allowed


def _stand_in(module: str, *classes: str) -> ModuleType:
    if module in sys.modules:
        return sys.modules[module]
    stand_in = ModuleType(module)
    for name in classes:
        setattr(stand_in, name, type(name, (), {"__module__": module}))
    sys.modules[module] = stand_in
    return stand_in


def _stand_in_for_components() -> None:
    """Register the two built-in components that ``config.yml`` names; the full list would import DIET and TED."""
    name = "rasa.engine.recipes.default_components"
    if name in sys.modules:
        return
    sys.modules[name] = stand_in = ModuleType(name)
    from rasa.core.policies.rule_policy import RulePolicy
    from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer

    stand_in.DEFAULT_COMPONENTS = [RulePolicy, WhitespaceTokenizer]  # type: ignore[attr-defined]


def _stand_in_for_validator() -> None:
    """Let training data through unchecked here: Rasa's check imports TensorFlow, and ``bot.nlu.data`` checks more."""
    name = "rasa.graph_components.validators.default_recipe_validator"
    if name in sys.modules:
        return
    from bot.nlu.validator import PassThroughValidator

    stand_in = _stand_in(name)
    stand_in.DefaultV1RecipeValidator = PassThroughValidator  # type: ignore[attr-defined]
