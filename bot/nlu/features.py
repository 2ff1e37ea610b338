"""Reads from a message what earlier components left in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rasa.shared.nlu.training_data.message import Message

__all__ = ["Embedding", "embeddings", "masked_text", "plain_text"]


class Embedding:
    """A vector in a message. Rasa fingerprints messages after every node, and would print the whole vector to do so."""

    def __init__(self, vector: NDArray[np.float32]) -> None:
        """Keep the vector."""
        self.vector = vector

    def fingerprint(self) -> str:
        """Return a digest of the vector."""
        return hashlib.sha256(self.vector.tobytes()).hexdigest()


def masked_text(message: Message) -> str:
    """Return the text with substances masked; the plain one where no extractor ran."""
    return str(message.get("masked_text") or (message.get("text") or "").lower())


def plain_text(message: Message) -> str:
    """Return the text in lower case, with its names in it."""
    return str(message.get("text") or "").lower()


def embeddings(messages: Sequence[Message]) -> NDArray[np.float32] | None:
    """Return [messages, 384], or None where no encoder ran."""
    found: list[Embedding | None] = [message.get("embedding") for message in messages]
    vectors = [one.vector for one in found if one is not None]
    return np.stack(vectors) if vectors and len(vectors) == len(found) else None
