"""Conversation tokens: minted and signed by the server, so that nobody can choose or guess another's."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable

from bot.errors import RequestError

__all__ = ["Tokens"]

_RANDOM_BYTES = 16
_SIGNATURE_BYTES = 16


class Tokens:
    """Mints and checks tokens: 128 random bits, the hour of expiry, a signature."""

    def __init__(self, key: bytes, keep_s: int, clock: Callable[[], float]) -> None:
        """Derive one key for signing and one for naming rows.

        Args:
            key: the secret of the installation.
            keep_s: seconds until a token expires.
            clock: seconds since 1970.
        """
        self._signing = hmac.digest(key, b"conversation-token", hashlib.sha256)
        self._naming = hmac.digest(key, b"conversation-name", hashlib.sha256)
        self._keep_s = keep_s
        self._clock = clock

    def mint(self) -> str:
        """Return a fresh token."""
        body = secrets.token_bytes(_RANDOM_BYTES) + struct.pack(">I", int(self._clock()) + self._keep_s)
        return base64.urlsafe_b64encode(body + self._signature(body)).rstrip(b"=").decode("ascii")

    def open(self, token: str) -> str:
        """Return the keyed hash under which a conversation is kept; the token itself is stored nowhere.

        Raises:
            RequestError: if the token is not one of ours, or expired.
        """
        try:
            data = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error, ValueError) as error:
            raise RequestError("unknown_conversation", 404, "phrase.expired-conversation") from error
        body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
        if len(body) != _RANDOM_BYTES + 4 or not hmac.compare_digest(signature, self._signature(body)):
            raise RequestError("unknown_conversation", 404, "phrase.expired-conversation")
        if struct.unpack(">I", body[_RANDOM_BYTES:])[0] <= self._clock():
            raise RequestError("expired_conversation", 410, "phrase.expired-conversation")
        return self.name(body[:_RANDOM_BYTES])

    def name(self, identity: bytes) -> str:
        """Return the keyed hash of an identity, for a database row or a rate limit."""
        return hmac.new(self._naming, identity, hashlib.sha256).hexdigest()

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._signing, body, hashlib.sha256)[:_SIGNATURE_BYTES]
