"""The server around the calls: errors that always carry a reply, health, headers, other origins, start and stop."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from bot import app as module
from bot.answers import compose
from bot.answers.library import Library
from bot.answers.release import Release
from bot.app import MOST_BODY_BYTES, create_app, create_gateway, utc_now
from bot.channels.tokens import Tokens
from bot.errors import RulesError, StorageError
from bot.gateway import Gateway, Turn
from bot.reply import Level, from_builtins
from bot.safety.guard import Guard
from bot.safety.rules import Rules
from bot.settings import Settings
from bot.turn import Context, Draft, Understanding

Serve = Callable[[Settings, Gateway], Coroutine[Any, Any, URL]]
JSON = dict[str, Any]
CANARY = "zq-canary"
SITE = "https://clinic.example"


class Answering:
    """Stands where Rasa stands."""

    def __init__(self, release: Release) -> None:
        self.release = release

    async def respond(self, _text: str, context: Context) -> Draft | None:
        return compose.answer(self.release, context, Understanding("answer", "x", 1.0), ["kratom.dosing.no-safe-dose"])


@pytest.fixture
async def url(serve: Serve, settings: Settings, gateway: Gateway, release: Release) -> URL:
    gateway.responder = Answering(release)
    return await serve(dataclasses.replace(settings, origins=(SITE,)), gateway)


async def opened(http: aiohttp.ClientSession, url: URL) -> str:
    async with http.post(url / "v1" / "conversations", json={}) as response:
        return str((await response.json())["conversation"])


def lines(reply: JSON) -> list[str]:
    return [line["id"] for part in reply["parts"] if part["type"] == "helplines" for line in part["lines"]]


async def check_error(response: aiohttp.ClientResponse, status: int, code: str, guard: Guard) -> JSON:
    """Hold one error body against the shape that every error has, and return it."""
    raw = await response.read()
    assert (response.status, response.headers["content-type"]) == (status, "application/json")
    assert CANARY.encode() not in raw
    assert b"Traceback" not in raw
    body: JSON = json.loads(raw)
    assert set(body) == {"error", "reply"}
    assert (set(body["error"]), body["error"]["code"]) == ({"code", "message"}, code)
    reply = from_builtins(body["reply"])
    assert guard.violations(reply) == []
    assert reply.behaviour.value == "error"
    said = [sentence["text"] for part in body["reply"]["parts"] for sentence in part.get("sentences", ())]
    assert body["error"]["message"] == said[0]
    return body


@pytest.fixture
def guard(release: Release) -> Guard:
    return Guard(release)


ERRORS = [
    ("POST", "v1/chat", b"{", {}, 400, "bad_request"),
    ("POST", "v1/chat", b'{"conversation": "zq-canary"}', {}, 400, "bad_request"),
    ("POST", "v1/chat", b'{"conversation": "t", "text": "zq-canary", "zq-canary": 1}', {}, 400, "bad_request"),
    ("POST", "v1/chat", b'{"conversation": "t", "text": "\xff"}', {}, 400, "bad_request"),
    ("POST", "v1/chat", b"", {}, 400, "bad_request"),
    ("POST", "v1/conversations", b"[]", {}, 400, "bad_request"),
    ("POST", "v1/forget", b'{"conversation": 1}', {}, 400, "bad_request"),
    ("POST", "v1/chat", b"{}", {"origin": "https://zq-canary.example"}, 403, "origin_refused"),
    ("GET", "v1/emergency", None, {"origin": "null"}, 403, "origin_refused"),
    ("POST", "v1/chat", b'{"conversation": "zq-canary", "text": "hi"}', {}, 404, "unknown_conversation"),
    ("POST", "v1/forget", b'{"conversation": "zq-canary"}', {}, 404, "unknown_conversation"),
    ("GET", "v1/zq-canary", None, {}, 404, "not_found"),
    ("GET", "zq-canary", None, {}, 404, "not_found"),
    ("GET", "widget/zq-canary", None, {}, 404, "not_found"),
    ("GET", "v1/chat", None, {}, 405, "method_not_allowed"),
    ("PUT", "v1/chat", b"zq-canary", {}, 405, "method_not_allowed"),
    ("DELETE", "v1/conversations", None, {}, 405, "method_not_allowed"),
    ("POST", "v1/emergency", b"{}", {}, 405, "method_not_allowed"),
    ("POST", "v1/chat", b'"' + b"x" * MOST_BODY_BYTES + b'"', {}, 413, "too_large"),
    ("POST", "v1/chat", b"{}", {"content-type": "text/plain"}, 415, "unsupported_type"),
    ("POST", "v1/conversations", b"country=US", {"content-type": "multipart/form-data"}, 415, "unsupported_type"),
]  # fmt: skip


async def test_every_error_carries_a_reviewed_reply(http: aiohttp.ClientSession, url: URL, guard: Guard) -> None:
    for method, path, data, headers, status, code in ERRORS:
        sent = {"content-type": "application/json", **headers}
        async with http.request(method, url / path, data=data, headers=sent) as response:
            assert (method, path, response.status) == (method, path, status)
            await check_error(response, status, code, guard)


async def test_an_expired_conversation_is_gone(
    http: aiohttp.ClientSession, url: URL, guard: Guard, settings: Settings
) -> None:
    token = Tokens(settings.signing_key(), -10, lambda: utc_now().timestamp()).mint()
    async with http.post(url / "v1" / "chat", json={"conversation": token, "text": CANARY}) as response:
        await check_error(response, 410, "expired_conversation", guard)


async def test_too_long_a_message_is_refused(http: aiohttp.ClientSession, url: URL, guard: Guard) -> None:
    body = {"conversation": await opened(http, url), "text": f"{CANARY} " * 200}
    async with http.post(url / "v1" / "chat", json=body) as response:
        await check_error(response, 422, "too_long", guard)


async def test_a_thousand_characters_are_not_too_long(http: aiohttp.ClientSession, url: URL) -> None:
    body = {"conversation": await opened(http, url), "text": "x" * 1000}
    async with http.post(url / "v1" / "chat", json=body) as response:
        assert response.status == 200


async def test_too_many_messages_are_refused(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, release: Release, guard: Guard
) -> None:
    gateway.responder = Answering(release)
    url = await serve(dataclasses.replace(settings, turns_per_minute=1), gateway)
    body = {"conversation": await opened(http, url), "text": CANARY}
    async with http.post(url / "v1" / "chat", json=body) as response:
        assert response.status == 200
    async with http.post(url / "v1" / "chat", json=body) as response:
        await check_error(response, 429, "rate_limited", guard)


async def test_a_failure_inside_is_an_apology_without_its_reason(
    http: aiohttp.ClientSession, url: URL, gateway: Gateway, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_turn: Turn) -> None:
        raise ValueError(CANARY)

    body = {"conversation": await opened(http, url), "text": "hi"}
    monkeypatch.setattr(gateway, "handle", fail)
    async with http.post(url / "v1" / "chat", json=body) as response:
        await check_error(response, 500, "internal", guard)


async def test_an_error_carries_the_emergency_line(http: aiohttp.ClientSession, url: URL) -> None:
    for path in ("v1/chat", "v1/none", "none"):
        async with http.post(url / path, json={}) as response:
            reply = (await response.json())["reply"]
        said = " ".join(s["text"] for part in reply["parts"] for s in part.get("sentences", ()))
        assert "emergency" in said or lines(reply), path


async def test_an_error_of_a_site_with_one_country_shows_its_lines(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, release: Release
) -> None:
    gateway.responder = Answering(release)
    gateway.settings = dataclasses.replace(settings, country="GB")
    url = await serve(gateway.settings, gateway)
    async with http.get(url / "none") as response:
        assert lines((await response.json())["reply"])[0] == "gb.999"


async def test_the_server_is_alive(http: aiohttp.ClientSession, url: URL) -> None:
    async with http.get(url / "health") as response:
        assert (response.status, await response.json()) == (200, {"alive": True})


async def test_with_everything_it_is_ready(http: aiohttp.ClientSession, url: URL) -> None:
    async with http.get(url / "ready") as response:
        assert response.status == 200
        assert await response.json() == {"ready": True, "crisis_cards": True, "model": True, "release": True}


async def test_without_a_model_it_is_not_ready_and_answers_emergencies(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, tmp_path: Path
) -> None:
    gateway.settings = dataclasses.replace(settings, model_dir=tmp_path / "nothing")
    url = await serve(gateway.settings, gateway)
    async with http.get(url / "ready") as response:
        assert response.status == 503
        assert await response.json() == {"ready": False, "crisis_cards": True, "model": False, "release": True}
    token = await opened(http, url)
    async with http.post(url / "v1" / "chat", json={"conversation": token, "text": "he is not breathing"}) as response:
        assert (response.status, (await response.json())["level"]) == (200, "emergency")
    async with http.post(url / "v1" / "chat", json={"conversation": token, "text": "how does it work"}) as response:
        assert (response.status, (await response.json())["behaviour"]) == (200, "error")


class Away:
    """A store of releases that cannot be reached."""

    def live_id(self) -> str | None:
        raise StorageError("away")

    def load_live(self) -> Release:
        raise StorageError("away")


async def test_without_a_release_it_is_not_ready(
    serve: Serve, http: aiohttp.ClientSession, settings: Settings, gateway: Gateway, release: Release
) -> None:
    gateway.responder = Answering(release)
    gateway.library = Library.open(settings.content_dir, Away())
    url = await serve(settings, gateway)
    async with http.get(url / "ready") as response:
        assert (response.status, (await response.json())["release"]) == (503, False)


async def test_every_answer_has_the_headers_that_protect_its_reader(http: aiohttp.ClientSession, url: URL) -> None:
    for method, path in (
        ("GET", ""), ("GET", "health"), ("GET", "v1/emergency"), ("GET", "none"), ("POST", "v1/chat"), ("PUT", "v1/chat"),
    ):  # fmt: skip
        async with http.request(method, URL(f"{url}{path}")) as response:
            headers = response.headers
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert (policy["default-src"], policy["script-src"], policy["frame-ancestors"]) == (
            "'none'",
            "'self'",
            "'none'",
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["permissions-policy"] == "camera=(), geolocation=(), microphone=()"


async def test_nothing_personal_is_kept_on_the_way(http: aiohttp.ClientSession, url: URL) -> None:
    kept = {}
    for path in ("health", "v1/schema", "none", ""):
        async with http.get(URL(f"{url}{path}")) as response:
            kept[path] = response.headers["cache-control"]
    assert kept == {"health": "no-store", "v1/schema": "no-store", "none": "no-store", "": "no-cache"}


async def test_a_site_that_is_allowed_may_read_the_answer(http: aiohttp.ClientSession, url: URL) -> None:
    async with http.post(url / "v1" / "conversations", json={}, headers={"origin": SITE}) as response:
        assert (response.status, response.headers["access-control-allow-origin"]) == (201, SITE)
        assert response.headers["vary"].lower() == "origin"


async def test_a_browser_that_asks_first_is_told_that_the_site_is_allowed(
    http: aiohttp.ClientSession, url: URL
) -> None:
    asking = {"origin": SITE, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    async with http.options(url / "v1" / "chat", headers=asking) as response:
        assert response.status in {200, 204}
        assert response.headers["access-control-allow-origin"] == SITE
        assert "content-type" in response.headers["access-control-allow-headers"].lower()


async def test_another_site_may_not(http: aiohttp.ClientSession, url: URL) -> None:
    for origin in ("https://evil.example", f"{SITE}.evil.example", "https://evil.example/?clinic.example", "null"):
        async with http.post(url / "v1" / "conversations", json={}, headers={"origin": origin}) as response:
            assert response.status == 403, origin
            assert "access-control-allow-origin" not in response.headers


async def test_its_own_page_may(http: aiohttp.ClientSession, url: URL) -> None:
    own = f"http://{url.host}:{url.port}"
    async with http.post(url / "v1" / "conversations", json={}, headers={"origin": own}) as response:
        assert response.status == 201
        assert "access-control-allow-origin" not in response.headers


async def test_another_release_is_served_without_a_restart(
    serve: Serve, settings: Settings, gateway: Gateway, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REFRESH_S", 0.01)
    gateway.responder = Answering(release)
    looked = asyncio.Event()
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(gateway.library, "refresh", lambda: loop.call_soon_threadsafe(looked.set))
    await serve(settings, gateway)
    await asyncio.wait_for(looked.wait(), 5)


async def test_old_conversations_are_dropped_while_it_runs(
    serve: Serve, settings: Settings, gateway: Gateway, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = asyncio.Event()
    loop = asyncio.get_running_loop()

    def purge() -> int:
        loop.call_soon_threadsafe(dropped.set)
        raise StorageError("away")

    gateway.responder = Answering(release)
    monkeypatch.setattr(gateway.conversations, "purge", purge)
    await serve(settings, gateway)
    await asyncio.wait_for(dropped.wait(), 5)


def test_a_gateway_is_put_together_from_the_settings(
    settings: Settings, rules: Rules, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Compiling the rules takes seconds; they are the ones of the settings all the same.
    monkeypatch.setattr(Rules, "load", {settings.rules_dir: rules}.__getitem__)
    found = create_gateway(settings)
    try:
        assert (found.responder, found.library.live, found.rules) == (None, None, rules)
        assert found.library.emergency is not None
        assert found.emergency("GB").level is Level.EMERGENCY
        assert found.today() == utc_now().date()
    finally:
        found.conversations.close()


def test_without_safety_rules_nothing_is_served(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(RulesError):
        create_gateway(dataclasses.replace(settings, rules_dir=tmp_path))


def test_the_clock_of_the_database_is_utc_without_a_zone() -> None:
    assert utc_now().tzinfo is None


def test_two_servers_fit_into_one_process(settings: Settings, gateway: Gateway) -> None:
    assert create_app(settings, gateway) is not create_app(settings, gateway)
