"""Reads from a message what earlier components left in it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rasa.shared.nlu.training_data.message import Message

__all__ = ["embeddings", "masked_text", "plain_text"]


def masked_text(message: Message) -> str:
    """Return the text with substances masked; the plain one where no extractor ran."""
    return str(message.get("masked_text") or (message.get("text") or "").lower())


def plain_text(message: Message) -> str:
    """Return the text in lower case, with its names in it."""
    return str(message.get("text") or "").lower()


def embeddings(messages: Sequence[Message]) -> NDArray[np.float32] | None:
    """Return [messages, 384], or None where no encoder ran."""
    vectors = [message.get("embedding") for message in messages]
    return np.stack(vectors) if vectors and all(vector is not None for vector in vectors) else None
