"""The only reader of the environment and of ``.env``.

Settings are read once, into one frozen value that is handed down. A name that starts with ``LANTERN_`` and is not in
the table below stops the start, so that a typing error cannot silently switch a protection off.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from bot.errors import SettingsError

__all__ = ["DoseFigures", "Profile", "Secret", "Settings", "example", "load"]

ROOT = Path(__file__).resolve().parent.parent


class Profile(str, Enum):
    """Which revisions may be served."""

    DEMO = "demo"
    PRODUCTION = "production"


class DoseFigures(str, Enum):
    """Whether reported amounts are told at all."""

    SHOW = "show"
    HIDE = "hide"


class Secret:
    """A text that does not print itself."""

    def __init__(self, value: str) -> None:
        """Wrap the text."""
        self._value = value

    def reveal(self) -> str:
        """Return the text itself."""
        return self._value

    def __bool__(self) -> bool:
        """Tell whether there is one."""
        return bool(self._value)

    def __repr__(self) -> str:
        """Hide it."""
        return "Secret(***)" if self._value else "Secret(not set)"


def _countries(value: str) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for code in value.split(",") if code.strip())
    if any(len(code) != 2 or not code.isalpha() for code in codes):
        raise ValueError("a comma-separated list of two-letter country codes")
    return codes


def _country(value: str) -> str:
    codes = _countries(value)
    if len(codes) > 1:
        raise ValueError("one two-letter country code, or nothing")
    return codes[0] if codes else ""


def _positive(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError("a whole number above zero")
    return number


def _path(value: str) -> Path:
    path = Path(value)
    return path if path.is_absolute() else ROOT / path


def _list(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def _setting(name: str, default: str, read: Callable[[str], Any], says: str) -> Any:
    return field(metadata={"name": name, "default": default, "read": read, "help": says})


@dataclass(frozen=True)
class Settings:
    """Everything that can be set, with its default and what it does. ``.env.example`` is made from this table."""

    profile: Profile = _setting(
        "LANTERN_PROFILE",
        "demo",
        Profile,
        "demo serves source-checked text under a banner; production approved text only",
    )
    host: str = _setting("LANTERN_HOST", "127.0.0.1", str, "address to listen on")
    port: int = _setting("LANTERN_PORT", "8080", _positive, "port to listen on")
    secret: Secret = _setting(
        "LANTERN_SECRET", "", Secret, "signs conversations; when empty one is made and kept in LANTERN_DATA_DIR"
    )
    data_dir: Path = _setting("LANTERN_DATA_DIR", "var", _path, "where the database and generated files live")
    database_url: str = _setting(
        "LANTERN_DATABASE_URL", "", str, "SQLAlchemy address; when empty, SQLite in LANTERN_DATA_DIR"
    )
    model_dir: Path = _setting("LANTERN_MODEL_DIR", "models", _path, "where training leaves the model")
    content_dir: Path = _setting("LANTERN_CONTENT_DIR", "data/content", _path, "the reviewed text")
    rules_dir: Path = _setting("LANTERN_RULES_DIR", "bot/safety/rules", _path, "the rules of the safety gate")
    origins: tuple[str, ...] = _setting(
        "LANTERN_ORIGINS", "", _list, "sites whose pages may call the bot, comma-separated; its own page always may"
    )
    countries: tuple[str, ...] = _setting(
        "LANTERN_COUNTRIES", "US,CA,GB,IE,AU", _countries, "countries that are offered, two-letter codes"
    )
    country: str = _setting("LANTERN_COUNTRY", "", _country, "the site's country, when it has just one")
    dose_figures: DoseFigures = _setting(
        "LANTERN_DOSE_FIGURES", "show", DoseFigures, "show or hide amounts that studies report"
    )
    turns_per_minute: int = _setting(
        "LANTERN_TURNS_PER_MINUTE", "30", _positive, "messages a minute and conversation before it is asked to wait"
    )
    requests_per_minute: int = _setting(
        "LANTERN_REQUESTS_PER_MINUTE", "600", _positive, "requests a minute and address before it is asked to wait"
    )
    keep_hours: int = _setting(
        "LANTERN_KEEP_HOURS", "24", _positive, "hours after the last turn until a conversation's state is dropped"
    )
    answer_deadline_ms: int = _setting(
        "LANTERN_ANSWER_DEADLINE_MS", "2000", _positive, "milliseconds until a slow answer becomes an apology"
    )
    log_level: str = _setting("LANTERN_LOG_LEVEL", "info", str.lower, "debug, info, warning or error; never logs text")

    def resolved_database_url(self) -> str:
        """Return the database's address, SQLite in the data directory by default."""
        return self.database_url or f"sqlite:///{self.data_dir / 'lantern.sqlite'}"

    def signing_key(self) -> bytes:
        """Return the key that signs conversations; the first call of a demo makes one and keeps it.

        Raises:
            SettingsError: if production has none, or the one on disk cannot be read.
        """
        if self.secret:
            return self.secret.reveal().encode()
        if self.profile is Profile.PRODUCTION:
            raise SettingsError("LANTERN_SECRET is not set. Production needs one: put 32 random bytes in .env.")
        path = self.data_dir / "secret.key"
        try:
            if not path.exists():
                self.data_dir.mkdir(parents=True, exist_ok=True)
                path.touch(mode=0o600)
                path.write_text(secrets.token_hex(32), encoding="ascii")
            return path.read_text(encoding="ascii").encode()
        except OSError as error:
            raise SettingsError("LANTERN_DATA_DIR cannot be written. Set it to a folder of yours.") from error


def load(environ: Mapping[str, str] | None = None, env_file: Path | None = None) -> Settings:
    """Read the settings: the environment first, then ``.env``, then the defaults.

    Args:
        environ: the environment; the process's own by default.
        env_file: a file of ``NAME=value`` lines; ``.env`` beside ``pyproject.toml`` when there is one, by default.

    Raises:
        SettingsError: naming the setting, never its value.
    """
    if env_file is not None and not env_file.is_file():
        raise SettingsError(f"The settings file {env_file.name} does not exist.")
    file = env_file or ROOT / ".env"
    stored = {name: value or "" for name, value in dotenv_values(file).items()} if file.is_file() else {}
    given = {**stored, **(os.environ if environ is None else environ)}
    known = {f.metadata["name"]: f for f in fields(Settings)}
    unknown = sorted(name for name in given if name.startswith("LANTERN_") and name not in known)
    if unknown:
        raise SettingsError(f"Unknown setting {unknown[0]}. .env.example lists the ones there are.")
    values: dict[str, Any] = {}
    for name, one in known.items():
        try:
            values[one.name] = one.metadata["read"](given.get(name, one.metadata["default"]))
        except ValueError as error:
            raise SettingsError(f"{name} is not valid. It sets: {one.metadata['help']}.") from error
    return Settings(**values)


def example() -> str:
    """Return the text of ``.env.example``: every setting, its default and what it does."""
    lines = ["# Copy to .env and change what you need. Every setting is here with its default.", ""]
    for one in fields(Settings):
        lines += [f"# {one.metadata['help']}", f"# {one.metadata['name']}={one.metadata['default']}", ""]
    return "\n".join(lines)
