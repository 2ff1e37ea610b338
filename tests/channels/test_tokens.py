"""A token is ours, or it opens nothing."""

from __future__ import annotations

import base64
import re
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.tokens import Tokens
from bot.errors import RequestError

NOW = 1_800_000_000
HOUR = 3600


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens(b"the key", HOUR, clock)


def refused(tokens: Tokens, token: str) -> tuple[str, int, str]:
    with pytest.raises(RequestError) as error:
        tokens.open(token)
    return error.value.code, error.value.status, error.value.phrase


UNKNOWN = ("unknown_conversation", 404, "phrase.expired-conversation")


def raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_a_token_opens_the_same_conversation_every_time(tokens: Tokens) -> None:
    token = tokens.mint()
    assert tokens.open(token) == tokens.open(token)
    assert re.fullmatch(r"[0-9a-f]{64}", tokens.open(token))


def test_every_token_is_another_conversation(tokens: Tokens) -> None:
    minted = {tokens.mint() for _ in range(100)}
    assert len(minted) == len({tokens.open(token) for token in minted}) == 100


def test_a_token_can_stand_in_an_address(tokens: Tokens) -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{48}", tokens.mint()) for _ in range(50))


def test_the_name_of_a_conversation_says_nothing_of_its_token(tokens: Tokens) -> None:
    token = tokens.mint()
    assert token not in tokens.open(token)
    assert raw(token)[:16].hex() not in tokens.open(token)


def test_a_name_is_no_signature(tokens: Tokens) -> None:
    data = raw(tokens.mint())
    forged = data[:20] + bytes.fromhex(tokens.name(data[:20]))[:16]
    assert refused(tokens, encoded(forged)) == UNKNOWN


def test_another_process_with_the_same_key_opens_it(tokens: Tokens, clock: Clock) -> None:
    token = tokens.mint()
    assert Tokens(b"the key", HOUR, clock).open(token) == tokens.open(token)


@pytest.mark.parametrize("key", [b"", b"the Key", b"the key "])
def test_another_key_opens_nothing(tokens: Tokens, clock: Clock, key: bytes) -> None:
    assert refused(Tokens(key, HOUR, clock), tokens.mint()) == UNKNOWN


def test_another_key_names_the_same_identity_otherwise(tokens: Tokens, clock: Clock) -> None:
    assert tokens.name(b"127.0.0.1") == Tokens(b"the key", HOUR, clock).name(b"127.0.0.1")
    assert tokens.name(b"127.0.0.1") != Tokens(b"another", HOUR, clock).name(b"127.0.0.1")
    assert tokens.name(b"127.0.0.1") != tokens.name(b"127.0.0.2")


@pytest.mark.parametrize(
    ("seconds", "is_open"), [(HOUR - 1, True), (HOUR, False), (HOUR + 1, False), (10 * HOUR, False)]
)
def test_a_token_expires(tokens: Tokens, clock: Clock, seconds: int, is_open: bool) -> None:
    token = tokens.mint()
    clock.now += seconds
    if is_open:
        assert tokens.open(token)
    else:
        assert refused(tokens, token) == ("expired_conversation", 410, "phrase.expired-conversation")


def test_nobody_can_give_a_token_more_time(tokens: Tokens, clock: Clock) -> None:
    data = raw(tokens.mint())
    clock.now += HOUR
    longer = data[:16] + struct.pack(">I", NOW + 100 * HOUR) + data[20:]
    assert refused(tokens, encoded(longer)) == UNKNOWN


@pytest.mark.parametrize("byte", range(36))
def test_a_token_with_one_byte_changed_opens_nothing(tokens: Tokens, byte: int) -> None:
    data = bytearray(raw(tokens.mint()))
    data[byte] ^= 1
    assert refused(tokens, encoded(bytes(data))) == UNKNOWN


@pytest.mark.parametrize("length", range(48))
def test_a_truncated_token_opens_nothing(tokens: Tokens, length: int) -> None:
    assert refused(tokens, tokens.mint()[:length]) == UNKNOWN


def test_a_longer_token_opens_nothing(tokens: Tokens) -> None:
    assert refused(tokens, tokens.mint() + "AAAA") == UNKNOWN
    assert refused(tokens, "AAAA" + tokens.mint()) == UNKNOWN


def test_the_signature_of_one_token_does_not_fit_another(tokens: Tokens) -> None:
    one, other = raw(tokens.mint()), raw(tokens.mint())
    assert refused(tokens, encoded(one[:20] + other[20:])) == UNKNOWN


@pytest.mark.parametrize(
    "token", ["", " ", "=", "====", "null", "ä" * 48, "☂", "\x00" * 48, "A" * 48, "../../etc", "A" * 128]
)
def test_what_is_no_token_opens_nothing(tokens: Tokens, token: str) -> None:
    assert refused(tokens, token) == UNKNOWN


@given(token=st.text(max_size=128))
def test_no_text_whatever_opens_anything(token: str) -> None:
    assert refused(Tokens(b"the key", HOUR, lambda: float(NOW)), token) == UNKNOWN
