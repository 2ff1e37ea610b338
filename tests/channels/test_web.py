"""The calls of the contract, over a real server on loopback."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import jsonschema
import pytest
from yarl import URL

from bot.answers import compose
from bot.answers.library import Library
from bot.answers.release import Release
from bot.channels.web import WIDGET, error_body
from bot.errors import StorageError
from bot.gateway import Gateway
from bot.reply import from_builtins, json_schema
from bot.safety.last_resort import LAST_RESORT, last_resort
from bot.settings import Settings
from bot.turn import Context, Draft, Understanding

Serve = Callable[[Settings, Gateway], Coroutine[Any, Any, URL]]
JSON = dict[str, Any]
CALM = "what is a normal dose"
URGENT = "she is not breathing"


class Answering:
    """Stands where Rasa stands."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.asked: list[str] = []

    async def respond(self, text: str, context: Context) -> Draft | None:
        self.asked.append(text)
        understood = Understanding("answer", "dosing", 1.0)
        return compose.answer(self.release, context, understood, ["kratom.dosing.no-safe-dose"])


@pytest.fixture
def answering(gateway: Gateway, release: Release) -> Answering:
    gateway.responder = Answering(release)
    return gateway.responder


@pytest.fixture
async def url(serve: Serve, settings: Settings, gateway: Gateway, answering: Answering) -> URL:
    return await serve(settings, gateway)


async def post(http: aiohttp.ClientSession, url: URL, path: str, body: object) -> tuple[int, JSON]:
    async with http.post(url / path, json=body) as response:
        return response.status, (await response.json() if response.status != 204 else {})


async def opened(http: aiohttp.ClientSession, url: URL, **body: str) -> str:
    status, found = await post(http, url, "v1/conversations", body)
    assert status == 201
    return str(found["conversation"])


def spoken(reply: JSON) -> str:
    return " ".join(s["text"] for part in reply["parts"] if part["type"] == "card" for s in part["sentences"])


def choices(reply: JSON) -> list[str]:
    return [choice["id"] for part in reply["parts"] if part["type"] == "choices" for choice in part["choices"]]


async def test_a_conversation_opens_with_a_token_and_a_greeting(http: aiohttp.ClientSession, url: URL) -> None:
    status, body = await post(http, url, "v1/conversations", {"country": "GB"})
    assert (status, set(body)) == (201, {"conversation", "greeting"})
    assert from_builtins(body["greeting"]).behaviour.value == "smalltalk"
    assert "999" in spoken(body["greeting"])


async def test_a_question_gets_its_answer(http: aiohttp.ClientSession, url: URL, answering: Answering) -> None:
    token = await opened(http, url)
    status, reply = await post(http, url, "v1/chat", {"conversation": token, "text": CALM})
    assert (status, reply["behaviour"], reply["parts"][0]["id"]) == (200, "answer", "kratom.dosing.no-safe-dose")
    assert answering.asked == [CALM]


async def test_a_choice_gets_what_it_stands_for(http: aiohttp.ClientSession, url: URL) -> None:
    token = await opened(http, url)
    _, first = await post(http, url, "v1/chat", {"conversation": token, "text": CALM})
    status, second = await post(http, url, "v1/chat", {"conversation": token, "choice": choices(first)[0]})
    assert (status, second["behaviour"]) == (200, "answer")
    assert second["parts"][0]["id"] != first["parts"][0]["id"]


async def test_the_country_of_the_opening_is_the_country_of_the_chat(http: aiohttp.ClientSession, url: URL) -> None:
    numbers = {}
    for country in ("GB", "us", "AU"):
        token = await opened(http, url, country=country)
        _, reply = await post(http, url, "v1/chat", {"conversation": token, "text": URGENT})
        numbers[country] = next(part for part in reply["parts"] if part["type"] == "helplines")["lines"][0]["phone"]
    assert (numbers["GB"][:3], numbers["us"], numbers["AU"][:3]) == ("999", "911", "000")


async def test_an_emergency_is_answered_without_asking_the_model(
    http: aiohttp.ClientSession, url: URL, answering: Answering
) -> None:
    token = await opened(http, url)
    status, reply = await post(http, url, "v1/chat", {"conversation": token, "text": URGENT})
    assert (status, reply["level"], reply["category"]) == (200, "emergency", "overdose_now")
    assert answering.asked == []


async def test_every_reply_keeps_the_served_schema(http: aiohttp.ClientSession, url: URL) -> None:
    async with http.get(url / "v1" / "schema") as response:
        schema = await response.json()
    assert schema == json.loads(json.dumps(json_schema()))
    validator = jsonschema.Draft7Validator(schema)
    token = await opened(http, url)
    replies = [(await post(http, url, "v1/conversations", {}))[1]["greeting"]]
    for text in (CALM, URGENT, "", "   ", "x" * 1001):
        _, body = await post(http, url, "v1/chat", {"conversation": token, "text": text})
        replies.append(body.get("reply", body))
    for country in ("", "GB"):
        async with http.get(url / "v1" / "emergency" % {"country": country}) as response:
            replies.append(await response.json())
    assert len(replies) == 8
    for reply in replies:
        assert list(validator.iter_errors(reply)) == []
    assert list(validator.iter_errors({**replies[1], "parts": [{"type": "card", "words": "A little is fine."}]})) != []


async def test_forgetting_drops_the_conversation(http: aiohttp.ClientSession, url: URL, gateway: Gateway) -> None:
    token = await opened(http, url, country="GB")
    await post(http, url, "v1/chat", {"conversation": token, "text": CALM})
    assert await post(http, url, "v1/forget", {"conversation": token}) == (204, {})
    with gateway.conversations._engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM conversation").scalar() == 0
    _, reply = await post(http, url, "v1/chat", {"conversation": token, "text": URGENT})
    assert "999" not in spoken(reply)


async def test_forgetting_twice_is_done_twice(http: aiohttp.ClientSession, url: URL) -> None:
    token = await opened(http, url)
    for _ in range(2):
        assert (await post(http, url, "v1/forget", {"conversation": token}))[0] == 204


async def test_forgetting_says_when_the_database_could_not_be_reached(
    http: aiohttp.ClientSession, url: URL, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_key: str) -> bool:
        return False

    token = await opened(http, url)
    monkeypatch.setattr(gateway.conversations, "forget", away)
    status, body = await post(http, url, "v1/forget", {"conversation": token})
    assert (status, body["error"]["code"]) == (503, "storage_away")
    assert spoken(body["reply"])


async def test_every_country_has_its_emergency_card(http: aiohttp.ClientSession, url: URL) -> None:
    numbers = {"US": "911", "CA": "911", "GB": "999", "gb": "999", "IE": "112", "AU": "000"}
    for country, number in numbers.items():
        async with http.get((url / "v1" / "emergency").with_query(country=country)) as response:
            reply = await response.json()
            assert (response.status, response.headers["cache-control"]) == (200, "public, max-age=3600")
        assert (reply["level"], reply["behaviour"]) == ("emergency", "crisis")
        assert number in spoken(reply), country
        assert reply["parts"][-1]["country"] == country.upper()


async def test_the_emergency_card_is_there_whatever_is_asked(http: aiohttp.ClientSession, url: URL) -> None:
    for query in (
        "",
        "country=",
        "country=MY",
        "country=%00",
        "country=%ff",
        "country=US&country=GB&x=1",
        "country[]=US",
    ):
        async with http.get(URL(f"{url}v1/emergency?{query}", encoded=True)) as response:
            assert response.status == 200, query
            assert spoken(await response.json()), query


async def test_the_emergency_card_of_an_unknown_country_has_nobodys_number(
    http: aiohttp.ClientSession, url: URL
) -> None:
    async with http.get((url / "v1" / "emergency").with_query(country="MY")) as response:
        said = spoken(await response.json())
    assert "your local emergency number" in said
    assert [number for number in ("911", "999", "112", "000", "988") if number in said] == []


class Away:
    """A store of releases that cannot be reached."""

    def live_id(self) -> str | None:
        raise StorageError("away")

    def load_live(self) -> Release:
        raise StorageError("away")


async def test_the_emergency_card_needs_neither_model_nor_database(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, answering: Answering
) -> None:
    gateway.library = Library.open(settings.content_dir, Away())
    url = await serve(settings, gateway)
    gateway.responder = None
    async with http.get((url / "v1" / "emergency").with_query(country="GB")) as response:
        assert "999" in spoken(await response.json())


async def test_without_the_crisis_cards_the_sentence_of_last_resort_is_served(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, answering: Answering
) -> None:
    gateway.library = Library(None, Away())
    url = await serve(settings, gateway)
    async with http.get(url / "v1" / "emergency") as response:
        assert (response.status, spoken(await response.json())) == (200, LAST_RESORT)


async def test_a_file_of_the_widget_is_served_as_it_is(http: aiohttp.ClientSession, url: URL) -> None:
    types = {
        "lantern-chat.js": "text/javascript; charset=utf-8",
        "lantern-chat.css": "text/css; charset=utf-8",
        "page.css": "text/css; charset=utf-8",
        "strings.en.json": "application/json",
        "lantern.svg": "image/svg+xml",
        "index.html": "text/html; charset=utf-8",
    }
    for name, content_type in types.items():
        async with http.get(url / "widget" / name) as response:
            assert (response.status, response.headers["content-type"]) == (200, content_type)
            assert response.headers["cache-control"] == "no-cache"
            assert await response.read() == (WIDGET / name).read_bytes()


async def test_the_page_is_served_at_the_root(http: aiohttp.ClientSession, url: URL) -> None:
    async with http.get(url) as response:
        assert (response.status, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert b"<lantern-chat" in await response.read()


ELSEWHERE = [
    "widget/README.md",
    "widget/",
    "widget/..",
    "widget/nothing.js",
    "widget/../settings.py",
    "widget/..%2fsettings.py",
    "widget/%2e%2e%2fsettings.py",
    "widget/%2e%2e/%2e%2e/pyproject.toml",
    "widget/..%5csettings.py",
    "widget/%2fetc%2fpasswd",
    "widget//etc/passwd",
    "widget/lantern-chat.js%00",
    "widget/./lantern-chat.js/",
    "../../../../etc/passwd",
    "%2e%2e/%2e%2e/etc/passwd",
    ".env",
    "var/secret.key",
]


async def test_no_other_file_is_served(http: aiohttp.ClientSession, url: URL) -> None:
    for path in ELSEWHERE:
        async with http.get(URL(f"{url}{path}", encoded=True)) as response:
            body = await response.text()
            assert response.status == 404, path
        assert [sign for sign in ("[project]", "root:", "import") if sign in body] == [], path


async def test_over_the_rate_a_message_is_refused_and_an_emergency_is_answered(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, answering: Answering
) -> None:
    url = await serve(dataclasses.replace(settings, turns_per_minute=2), gateway)
    token = await opened(http, url)
    calm, urgent = ({"conversation": token, "text": text} for text in (CALM, URGENT))
    assert [(await post(http, url, "v1/chat", calm))[0] for _ in range(4)] == [200, 200, 429, 429]
    for _ in range(3):
        status, reply = await post(http, url, "v1/chat", urgent)
        assert (status, reply["level"]) == (200, "emergency")
    assert (await post(http, url, "v1/chat", calm))[0] == 429


async def test_a_refused_message_never_reaches_the_model(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, answering: Answering
) -> None:
    url = await serve(dataclasses.replace(settings, turns_per_minute=1), gateway)
    token = await opened(http, url)
    for _ in range(5):
        await post(http, url, "v1/chat", {"conversation": token, "text": CALM})
    assert answering.asked == [CALM]


async def test_over_the_rate_of_an_address_everything_but_the_emergency_card_is_refused(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, answering: Answering
) -> None:
    url = await serve(dataclasses.replace(settings, requests_per_minute=2), gateway)
    statuses = [(await post(http, url, "v1/conversations", {}))[0] for _ in range(3)]
    assert statuses == [201, 201, 429]
    for path, expected in (
        ("v1/emergency", 200),
        ("health", 200),
        ("", 200),
        ("widget/page.css", 200),
        ("v1/schema", 429),
    ):
        async with http.get(URL(f"{url}{path}")) as response:
            assert response.status == expected, path


async def test_over_the_rate_of_an_address_a_message_is_refused_and_an_emergency_is_answered(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, answering: Answering
) -> None:
    url = await serve(dataclasses.replace(settings, requests_per_minute=2), gateway)
    token = await opened(http, url)
    calm, urgent = ({"conversation": token, "text": text} for text in (CALM, URGENT))
    assert [(await post(http, url, "v1/chat", calm))[0] for _ in range(2)] == [200, 429]
    status, reply = await post(http, url, "v1/chat", urgent)
    assert (status, reply["level"]) == (200, "emergency")


def test_the_message_of_an_error_is_the_first_reviewed_sentence() -> None:
    body = error_body("internal", last_resort())
    assert body["error"] == {"code": "internal", "message": LAST_RESORT}
    assert spoken(body["reply"]) == LAST_RESORT  # type: ignore[arg-type]
