"""The one exception hierarchy.

    LanternError
    ├── SettingsError        a setting is unknown, missing or ill-typed
    ├── ContentError         a content file cannot be read, or a release is refused
    ├── RulesError           a rule file of the safety gate is broken
    ├── EncoderError         the sentence encoder's files are missing or damaged
    ├── ModelError           the trained model is missing, damaged or of another version
    ├── StorageError         the database cannot be reached or is not up to date
    └── RequestError         a request that cannot be answered as sent

Each carries a *public* message, which may be shown (it names settings, files and remedies, never a secret or a user's
text), and keeps its *private* cause as ``__cause__``.
"""

from __future__ import annotations

__all__ = [
    "ContentError",
    "EncoderError",
    "LanternError",
    "ModelError",
    "RequestError",
    "RulesError",
    "SettingsError",
    "StorageError",
]


class LanternError(Exception):
    """The base of everything that Lantern raises on purpose."""

    def __init__(self, public: str) -> None:
        """Keep the message that may be shown."""
        super().__init__(public)
        self.public = public


class SettingsError(LanternError):
    """A setting is unknown, missing or ill-typed."""


class ContentError(LanternError):
    """A content file cannot be read, or a release is refused."""


class RulesError(LanternError):
    """A rule file of the safety gate is broken."""


class EncoderError(LanternError):
    """The sentence encoder's files are missing or damaged."""


class ModelError(LanternError):
    """The trained model is missing, damaged or of another version."""


class StorageError(LanternError):
    """The database cannot be reached or is not up to date."""


class RequestError(LanternError):
    """A request that cannot be answered as sent.

    Attributes:
        code: the error's name in the contract, for example ``too_long``.
        status: the HTTP status.
        phrase: the id of the reviewed phrase that tells the person.
    """

    def __init__(self, code: str, status: int, phrase: str) -> None:
        """Keep what the channel needs to answer."""
        super().__init__(code)
        self.code = code
        self.status = status
        self.phrase = phrase
