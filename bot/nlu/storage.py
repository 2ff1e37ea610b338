"""Stores a component's file in Rasa's model with its digest beside it, and refuses it when it was changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage

from bot.errors import ModelError

__all__ = ["read", "write"]

T = TypeVar("T")


def write(storage: ModelStorage, resource: Resource, name: str, store: Callable[[Path], None]) -> None:
    """Let ``store`` write a file, and record its digest."""
    with storage.write_to(resource) as directory:
        path = Path(directory) / name
        store(path)
        _digest_path(path).write_text(_digest(path), "ascii")


def read(storage: ModelStorage, resource: Resource, name: str, load: Callable[[Path], T]) -> T:
    """Let ``load`` read a file that is what training stored.

    Raises:
        ModelError: if it is not.
    """
    with storage.read_from(resource) as directory:
        path = Path(directory) / name
        if not path.is_file() or _digest(path) != _digest_path(path).read_text("ascii"):
            raise ModelError(f"{name} in the model is damaged. Run: python -m bot train")
        return load(path)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest_path(path: Path) -> Path:
    return path.with_suffix(".sha256")
