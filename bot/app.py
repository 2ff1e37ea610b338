"""Builds the server: routes, errors that always carry a reply, health, headers, and what runs beside the requests."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from sanic import Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse, json

from bot.answers.library import Library
from bot.channels.limits import RateLimits
from bot.channels.tokens import Tokens
from bot.channels.web import blueprint, error_body
from bot.errors import ModelError, RequestError, StorageError
from bot.gateway import Gateway
from bot.language.detect import LanguageDetector
from bot.recent import RecentTexts
from bot.safety.rules import Rules
from bot.settings import Settings
from bot.storage.conversations import Conversations
from bot.storage.engine import open_engine
from bot.storage.releases import ReleaseStore

__all__ = ["create_app", "create_gateway", "load_responder"]

log = structlog.get_logger()
MOST_BODY_BYTES = 10_240
# How often the live release is looked up, so that a publication or a recall is served within a minute.
REFRESH_S = 20.0
PURGE_S = 600.0
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_STATUS_CODES = {404: "not_found", 405: "method_not_allowed", 408: "timeout", 413: "too_large", 503: "unavailable"}


def utc_now() -> datetime.datetime:
    """Return the time as the database keeps it: UTC without a zone."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def create_gateway(settings: Settings, now: Callable[[], datetime.datetime] = utc_now) -> Gateway:
    """Put together everything but the model. Touches no network; the database is tried and may be away.

    Raises:
        RulesError: if the safety rules are broken. Without them nothing may be served.
    """
    engine = open_engine(settings.resolved_database_url())
    return Gateway(
        settings=settings,
        rules=Rules.load(settings.rules_dir),
        library=Library.open(settings.content_dir, ReleaseStore(engine)),
        conversations=Conversations(engine, now, datetime.timedelta(hours=settings.keep_hours)),
        recent=RecentTexts(),
        detector=LanguageDetector.open(),
        today=lambda: now().date(),
    )


async def load_responder(gateway: Gateway) -> None:
    """Load the release and the model into a gateway; what cannot be loaded is logged, and the gate answers without it."""
    await asyncio.get_running_loop().run_in_executor(None, gateway.library.refresh)
    # Imported here: the gate and the crisis cards must not depend on Rasa being importable.
    from bot.dialogue import Dialogue

    try:
        gateway.responder = await Dialogue.load(gateway.settings.model_dir, gateway.library.release)
    except ModelError as error:
        log.error("model_not_loaded", error=type(error.__cause__ or error).__name__)


def create_app(settings: Settings, gateway: Gateway | None = None) -> Sanic:
    """Return the server.

    Args:
        settings: everything that can be set.
        gateway: one to serve; made from the settings when None.
    """
    app = Sanic("lantern", configure_logging=False, register=False)
    app.config.FALLBACK_ERROR_FORMAT = "json"
    app.config.REQUEST_MAX_SIZE = MOST_BODY_BYTES
    app.config.REQUEST_TIMEOUT = 10
    app.config.RESPONSE_TIMEOUT = 10
    app.config.ACCESS_LOG = False
    served = gateway or create_gateway(settings)
    tokens = Tokens(settings.signing_key(), settings.keep_hours * 3600, time.time)
    app.blueprint(blueprint(served, tokens, RateLimits(settings)))
    app.ctx.gateway = served

    @app.get("/health")
    async def health(_request: Request) -> HTTPResponse:
        return json({"alive": True})

    @app.get("/ready")
    async def ready(_request: Request) -> HTTPResponse:
        parts = {
            "crisis_cards": served.library.emergency is not None,
            "model": served.responder is not None,
            "release": served.library.live is not None,
        }
        return json({"ready": all(parts.values()), **parts}, status=200 if all(parts.values()) else 503)

    @app.exception(Exception)
    async def failed(_request: Request, error: Exception) -> HTTPResponse:
        if isinstance(error, RequestError):
            code, status, phrase = error.code, error.status, error.phrase
        elif isinstance(error, SanicException):
            status = error.status_code or 500
            code = _STATUS_CODES.get(status, "bad_request" if status < 500 else "internal")
            phrase = "phrase.too-long" if status == 413 else "phrase.bad-request" if status < 500 else "phrase.error"
        else:
            log.error("request_failed", error=type(error).__name__)
            code, status, phrase = "internal", 500, "phrase.error"
        return json(error_body(code, served.error(phrase)), status=status)

    @app.on_request
    async def refuse_other_origins(request: Request) -> None:
        origin = request.headers.get("origin")
        if origin and origin not in settings.origins and origin.split("://")[-1] != request.host:
            raise RequestError("origin_refused", 403, "phrase.bad-request")

    @app.on_response
    async def add_headers(request: Request, response: HTTPResponse) -> None:
        response.headers.update(_HEADERS)
        response.headers.setdefault("cache-control", "no-store")
        origin = request.headers.get("origin")
        if origin in settings.origins:
            response.headers.update(
                {
                    "access-control-allow-origin": origin,
                    "access-control-allow-headers": "content-type",
                    "access-control-allow-methods": "GET, POST",
                    "vary": "origin",
                }
            )

    @app.before_server_start
    async def start(app: Sanic, _loop: asyncio.AbstractEventLoop) -> None:
        if served.responder is None:
            await load_responder(served)
        app.ctx.tasks = [asyncio.ensure_future(_refresh(served)), asyncio.ensure_future(_purge(served))]

    @app.after_server_stop
    async def stop(app: Sanic, _loop: asyncio.AbstractEventLoop) -> None:
        for task in app.ctx.tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        served.conversations.close()

    return app


async def _refresh(gateway: Gateway) -> None:
    """Look for another live release for as long as the server runs; a failure is logged and tried again."""
    while True:
        await asyncio.sleep(REFRESH_S)
        gateway.recent.sweep()
        await asyncio.get_running_loop().run_in_executor(None, gateway.library.refresh)
        if gateway.responder is None:
            await load_responder(gateway)


async def _purge(gateway: Gateway) -> None:
    while True:
        try:
            dropped = await asyncio.get_running_loop().run_in_executor(None, gateway.conversations.purge)
            log.info("purged", count=dropped)
        except StorageError as error:
            log.error("purge_failed", error=type(error).__name__)
        await asyncio.sleep(PURGE_S)
