"""Shared fixtures: the bundled content, settings that touch nothing outside a temporary folder, a gateway without Rasa."""

from __future__ import annotations

import dataclasses
import datetime
import importlib
import socket
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from sanic import Sanic
from yarl import URL

from bot import app as app_module
from bot import boot
from bot import settings as settings_module
from bot.answers import repository
from bot.answers.library import Library
from bot.answers.release import Release, build
from bot.answers.repository import Content
from bot.gateway import Gateway
from bot.language.detect import LanguageDetector
from bot.recent import RecentTexts
from bot.safety.rules import Rules
from bot.settings import ROOT, Settings
from bot.storage.conversations import Conversations
from bot.storage.engine import migrate, open_engine
from bot.storage.releases import ReleaseStore

with warnings.catch_warnings():
    # What Rasa's dependencies say while they are imported is theirs; from here on a warning is an error.
    warnings.simplefilter("ignore")
    boot.prepare("critical")
    Dialogue = importlib.import_module("bot.dialogue").Dialogue
    training = importlib.import_module("bot.training")

TODAY = datetime.date(2026, 11, 22)
NOW = datetime.datetime(2026, 11, 22, 12, 0)


@pytest.fixture(scope="session")
def content() -> Content:
    """The bundled content."""
    return repository.load(ROOT / "data" / "content")


@pytest.fixture(scope="session")
def release(content: Content) -> Release:
    """A release of the bundled content."""
    return build(content)


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The bundled safety rules."""
    return Rules.load()


@pytest.fixture(scope="session")
def detector() -> LanguageDetector:
    """The language detector."""
    return LanguageDetector.open()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Default settings whose data directory is temporary."""
    return dataclasses.replace(settings_module.load({}, None), data_dir=tmp_path / "var")


@pytest.fixture
async def gateway(
    settings: Settings, release: Release, rules: Rules, detector: LanguageDetector
) -> AsyncIterator[Gateway]:
    """A gateway with release and database, and without a model."""
    engine = open_engine(settings.resolved_database_url())
    migrate(engine)
    store = ReleaseStore(engine)
    store.publish(release, NOW)
    library = Library.open(settings.content_dir, store)
    library.refresh()
    conversations = Conversations(engine, lambda: NOW, datetime.timedelta(hours=24))
    yield Gateway(
        settings=settings,
        rules=rules,
        library=library,
        conversations=conversations,
        recent=RecentTexts(),
        detector=detector,
        today=lambda: TODAY,
    )
    conversations.close()


@pytest.fixture(scope="session")
def model_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose model was trained from nothing, once for all tests that need it."""
    directory = tmp_path_factory.mktemp("model")
    found = dataclasses.replace(
        settings_module.load({}, None), data_dir=directory / "var", model_dir=directory / "models"
    )
    training.train(found, lambda _line: None)
    return found


@pytest.fixture(scope="session")
async def dialogue(model_settings: Settings, release: Release) -> Dialogue:
    """The trained model, loaded."""
    return await Dialogue.load(model_settings.model_dir, lambda: release)


@pytest.fixture
async def lantern(gateway: Gateway, dialogue: Dialogue) -> Gateway:
    """The whole of it: gateway, gate, Rasa, release and database."""
    gateway.responder = dialogue
    return gateway


@pytest.fixture
async def serve(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[Settings, Gateway], Awaitable[URL]]]:
    """Serve a gateway on a free port of loopback, as often as a test likes; returns the address."""
    # Sanic rewrites its own methods at every start; in test mode it begins with the original ones each time.
    monkeypatch.setattr(Sanic, "test_mode", True)
    running = []

    async def start(settings: Settings, gateway: Gateway) -> URL:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = await app_module.create_app(settings, gateway).create_server(
            "127.0.0.1", port, return_asyncio_server=True
        )
        await server.startup()
        await server.before_start()
        await server.start_serving()
        running.append(server)
        return URL(f"http://127.0.0.1:{port}/")

    yield start
    for server in running:
        await server.before_stop()
        await server.close()
        await server.after_stop()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps to itself what it is told."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session
