"""What a client may send: nothing unknown, nothing ill-typed, and no error that repeats it."""

from __future__ import annotations

import json

import pytest

from bot.channels.bodies import Chat, Forget, Open, read
from bot.errors import RequestError

JSON = "application/json"
CANARY = "zq-canary"


def refused(
    body: bytes, kind: type[Open] | type[Chat] | type[Forget], content_type: str = JSON
) -> tuple[str, int, str]:
    with pytest.raises(RequestError) as error:
        read(body, content_type, kind)
    assert CANARY not in str(error.value)
    return error.value.code, error.value.status, error.value.phrase


BAD = ("bad_request", 400, "phrase.bad-request")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, Open()),
        ({"country": "US"}, Open(country="US")),
        ({"country": "gb", "locale": "en-GB"}, Open(country="gb", locale="en-GB")),
        ({"country": None, "locale": None}, Open()),
    ],
)
def test_a_conversation_may_be_opened_with_a_country(body: object, expected: Open) -> None:
    assert read(json.dumps(body).encode(), JSON, Open) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"conversation": "t", "text": "hi"}, Chat("t", text="hi")),
        ({"conversation": "t", "text": ""}, Chat("t", text="")),
        ({"conversation": "t", "choice": "c_1"}, Chat("t", choice="c_1")),
        ({"conversation": "t", "text": "hi", "choice": None}, Chat("t", text="hi")),
        ({"conversation": "t", "text": "ж ☂ \u0000"}, Chat("t", text="ж ☂ \u0000")),
    ],
)
def test_a_message_is_a_text_or_a_choice(body: object, expected: Chat) -> None:
    assert read(json.dumps(body).encode(), JSON, Chat) == expected


@pytest.mark.parametrize(
    "body",
    [
        {"conversation": "t"},
        {"conversation": "t", "text": None, "choice": None},
        {"conversation": "t", "text": CANARY, "choice": "c_1"},
        {"conversation": "t", "text": "", "choice": ""},
    ],
)
def test_neither_and_both_are_refused(body: object) -> None:
    assert refused(json.dumps(body).encode(), Chat) == BAD


@pytest.mark.parametrize(
    "body",
    [
        {"conversation": "t", "text": "hi", CANARY: 1},
        {"conversation": "t", "text": "hi", "sender": CANARY},
        {"conversation": "t", "text": "hi", "metadata": {}},
        {"text": CANARY},
        {"conversation": None, "text": CANARY},
        {"conversation": 7, "text": CANARY},
        {"conversation": "t", "text": 7},
        {"conversation": "t", "text": [CANARY]},
        {"conversation": "t", "text": {"a": CANARY}},
        {"conversation": "t", "text": True},
        {"conversation": "t", "choice": 7},
        {"conversation": "t", "choice": "c" * 65},
        {"conversation": "t" * 129, "text": "hi"},
        {"Conversation": "t", "text": "hi"},
        [],
        [CANARY],
        CANARY,
        7,
        None,
    ],
)
def test_a_message_of_another_shape_is_refused(body: object) -> None:
    assert refused(json.dumps(body).encode(), Chat) == BAD


@pytest.mark.parametrize(
    "body",
    [{"country": ""}, {"country": "USA"}, {"country": "U1"}, {"country": 1}, {"locale": "x" * 36}, {"token": "x"}, []],
)
def test_an_opening_of_another_shape_is_refused(body: object) -> None:
    assert refused(json.dumps(body).encode(), Open) == BAD


@pytest.mark.parametrize("body", [{}, {"conversation": 1}, {"conversation": "t", "text": "hi"}])
def test_a_forgetting_of_another_shape_is_refused(body: object) -> None:
    assert refused(json.dumps(body).encode(), Forget) == BAD


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"conversation": "t", "text": "hi"',
        b'{"conversation": "t", "text": "hi"}}',
        b'{"conversation": "t", "text": "\xff"}',
        b'\xff\xfe{"conversation": "t"}',
        b"conversation=t&text=hi",
        "{'conversation': 't', 'text': 'hi'}".encode("utf-16"),
        b'{"conversation": "t", "text": "\\ud800"}',
        b"[" * 5000,
    ],
)
def test_bytes_that_are_no_json_are_refused(body: bytes) -> None:
    assert refused(body, Chat) == BAD


@pytest.mark.parametrize(
    "content_type", [JSON, "Application/JSON", "application/json; charset=utf-8", " application/json ;x=y"]
)
def test_json_may_be_called_in_several_ways(content_type: str) -> None:
    assert read(b"{}", content_type, Open) == Open()


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        "text/json",
        "json",
    ],
)
def test_what_is_not_called_json_is_not_even_read(content_type: str) -> None:
    assert refused(b"{}", Open, content_type) == ("unsupported_type", 415, "phrase.bad-request")
