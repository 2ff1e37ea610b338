"""What a client may send. Unknown fields, other types and other lengths are refused."""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

from bot.errors import RequestError

__all__ = ["Chat", "Forget", "Open", "read"]

Token = Annotated[str, msgspec.Meta(max_length=128)]


class Open(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /v1/conversations``."""

    country: Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{2}$")] | None = None
    locale: Annotated[str, msgspec.Meta(max_length=35)] | None = None


class Chat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /v1/chat``: a text or a choice."""

    conversation: Token
    text: str | None = None
    choice: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class Forget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST /v1/forget``."""

    conversation: Token


T = TypeVar("T", Open, Chat, Forget)


def read(body: bytes, content_type: str, kind: type[T]) -> T:
    """Read a body.

    Raises:
        RequestError: if it is not JSON of this kind. What was sent is not repeated in the error.
    """
    if content_type.split(";")[0].strip().lower() != "application/json":
        raise RequestError("unsupported_type", 415, "phrase.bad-request")
    try:
        found = msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise RequestError("bad_request", 400, "phrase.bad-request") from error
    if isinstance(found, Chat) and (found.text is None) == (found.choice is None):
        raise RequestError("bad_request", 400, "phrase.bad-request")
    return found
