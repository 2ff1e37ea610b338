"""Pins the behaviour of Rasa 3.6.21 that Lantern relies on: an upgrade that changes it fails here, and says why."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue import MODEL_FILE, Dialogue
from bot.errors import ModelError
from bot.settings import ROOT, Settings
from bot.storage.tracker import ForgetfulTrackerStore

pytestmark = pytest.mark.slow


def test_serving_a_message_imports_neither_tensorflow_nor_skops(model_settings: Settings) -> None:
    code = f"""
import asyncio, logging, sys
from pathlib import Path
logging.captureWarnings(True)
logging.getLogger("py.warnings").setLevel(logging.CRITICAL)
from bot import boot
boot.prepare("critical")
from bot.dialogue import Dialogue
asyncio.run(Dialogue.load(Path({str(model_settings.model_dir)!r}), lambda: None))
heavy = sorted(name for name in sys.modules if name.split(".")[0] in {{"tensorflow", "keras", "skops", "torch"}})
sys.exit(", ".join(heavy[:3]) or 0)
"""
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (run.returncode, run.stderr) == (0, "")


async def test_a_slash_payload_would_reach_the_domain_if_it_were_not_dropped(dialogue: Dialogue) -> None:
    """Rasa's slash handler is the last component and builds a new message: what came before is gone."""
    parsed = await dialogue._agent.parse_message("/unknown@0.9")
    assert parsed["intent"] == {"name": "unknown", "confidence": 0.9}
    assert "understanding" not in parsed


async def test_no_tracker_outlives_its_turn() -> None:
    from rasa.shared.core.domain import Domain

    store = ForgetfulTrackerStore(Domain.empty())
    tracker = DialogueStateTracker.from_events("c", [])
    await store.save(tracker)
    assert await store.retrieve("c") is None
    assert list(await store.keys()) == []


async def test_predictions_are_the_same_after_loading_again(dialogue: Dialogue, model_settings: Settings) -> None:
    again = await Dialogue.load(model_settings.model_dir, lambda: None)
    for text in ("can i take xanax with kratom", "how long does withdrawal last", "what is the weather"):
        assert await again.understand(text) == await dialogue.understand(text)


async def test_a_damaged_model_is_refused(model_settings: Settings, tmp_path: Path) -> None:
    for file in model_settings.model_dir.glob("lantern.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    damaged = bytearray((tmp_path / MODEL_FILE).read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    (tmp_path / MODEL_FILE).write_bytes(bytes(damaged))
    with pytest.raises(ModelError, match="not the one that training recorded"):
        await Dialogue.load(tmp_path, lambda: None)


async def test_a_missing_model_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="python -m bot train"):
        await Dialogue.load(tmp_path, lambda: None)
