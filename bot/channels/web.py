"""The HTTP channel: the calls of the reply contract, and the page that uses them."""

from __future__ import annotations

from pathlib import Path

import structlog
from sanic import Blueprint, Request
from sanic.response import HTTPResponse, json, raw

from bot.channels import bodies
from bot.channels.limits import RateLimits
from bot.channels.tokens import Tokens
from bot.errors import RequestError
from bot.gateway import Gateway, Turn
from bot.reply import Reply, json_schema, to_builtins

__all__ = ["blueprint", "error_body"]

log = structlog.get_logger()
WIDGET = Path(__file__).parent.parent / "widget"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


def blueprint(gateway: Gateway, tokens: Tokens, limits: RateLimits) -> Blueprint:
    """Return the routes of the contract.

    Args:
        gateway: answers turns.
        tokens: mints and checks conversations.
        limits: counts turns and requests.
    """
    routes = Blueprint("web")
    files = {path.name: (path.read_bytes(), _TYPES[path.suffix]) for path in WIDGET.iterdir() if path.suffix in _TYPES}

    @routes.on_request
    async def limit(request: Request) -> None:
        # A message is counted once the gate has read it: an emergency is answered however often it is sent.
        if request.path.startswith("/v1/") and request.path not in {"/v1/emergency", "/v1/chat"}:
            limits.request(tokens.name(request.ip.encode()))

    async def preflight(_request: Request) -> HTTPResponse:
        return HTTPResponse(status=204)

    for name in ("conversations", "chat", "forget", "emergency", "schema"):
        routes.add_route(preflight, f"/v1/{name}", methods=["OPTIONS"], name=f"preflight_{name}")

    @routes.post("/v1/conversations")
    async def open_conversation(request: Request) -> HTTPResponse:
        body = bodies.read(request.body, request.headers.get("content-type", ""), bodies.Open)
        token = tokens.mint()
        greeting = await gateway.greet(tokens.open(token), body.country or "")
        return json({"conversation": token, "greeting": to_builtins(greeting)}, status=201)

    @routes.post("/v1/chat")
    async def chat(request: Request) -> HTTPResponse:
        body = bodies.read(request.body, request.headers.get("content-type", ""), bodies.Chat)
        conversation = tokens.open(body.conversation)
        turn = Turn(conversation, text=body.text, choice=body.choice)
        if not gateway.is_urgent(turn):
            limits.request(tokens.name(request.ip.encode()))
            limits.turn(conversation)
        return _reply(await gateway.handle(turn))

    @routes.post("/v1/forget")
    async def forget(request: Request) -> HTTPResponse:
        body = bodies.read(request.body, request.headers.get("content-type", ""), bodies.Forget)
        if not await gateway.forget(tokens.open(body.conversation)):
            raise RequestError("storage_away", 503, "phrase.error")
        return HTTPResponse(status=204)

    @routes.get("/v1/emergency")
    async def emergency(request: Request) -> HTTPResponse:
        response = _reply(gateway.emergency(request.args.get("country", "")))
        response.headers["cache-control"] = "public, max-age=3600"
        return response

    @routes.get("/v1/schema")
    async def schema(_request: Request) -> HTTPResponse:
        return json(json_schema())

    @routes.get("/")
    async def page(_request: Request) -> HTTPResponse:
        return _file("index.html")

    @routes.get("/widget/<name:str>")
    async def widget_file(_request: Request, name: str) -> HTTPResponse:
        if name not in files:
            raise RequestError("not_found", 404, "phrase.not-found")
        return _file(name)

    def _file(name: str) -> HTTPResponse:
        body, content_type = files[name]
        return raw(body, content_type=content_type, headers={"cache-control": "no-cache"})

    return routes


def error_body(code: str, reply: Reply) -> dict[str, object]:
    """Return the body of every error: a code, a message, and a reply that carries the emergency line."""
    said = [sentence.text for part in reply.parts for sentence in getattr(part, "sentences", ())]
    return {"error": {"code": code, "message": said[0] if said else ""}, "reply": to_builtins(reply)}


def _reply(reply: Reply) -> HTTPResponse:
    return json(to_builtins(reply))
