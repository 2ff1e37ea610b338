"""Trains the model: prepares the encoder, gathers the examples, runs Rasa's training, records digests."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from bot.answers import repository
from bot.answers.models import Answer
from bot.answers.repository import Content
from bot.errors import ModelError
from bot.language import encoder
from bot.reply import Behaviour
from bot.settings import ROOT, Settings

__all__ = ["Trained", "intent_of", "is_current", "train"]

_INPUTS_FILE = "lantern.inputs"


@dataclass(frozen=True)
class Trained:
    """What a training did."""

    seconds: float
    examples: int
    with_encoder: bool


def train(settings: Settings, progress: Callable[[str], None]) -> Trained:
    """Train from nothing and leave the model, its digest and its encoder in the model directory.

    Args:
        settings: where content and model stand.
        progress: is told what happens, one short line a step.

    Raises:
        ContentError: if the content cannot be read.
        EncoderError: if the encoder's weights are not the published ones.
        ModelError: if Rasa cannot train on what it is given.
    """
    started = time.perf_counter()
    content = repository.load(settings.content_dir)
    settings.model_dir.mkdir(parents=True, exist_ok=True)
    progress("1/4 sentence encoder: checking the weights, converting them once")
    files = encoder.prepare(settings.model_dir / "encoder")
    if files is None:
        progress("    the weights are not installed: training on character pieces alone")
    with tempfile.TemporaryDirectory() as work:
        directory = Path(work)
        progress("2/4 gathering examples")
        count = _gather(content, directory)
        _configure(directory / "config.yml", settings, with_encoder=files is not None)
        progress(f"3/4 training on {count} examples")
        _run_rasa(directory)
        progress("4/4 recording digests")
        from bot.dialogue import MODEL_FILE, digest_path

        model = settings.model_dir / MODEL_FILE
        shutil.move(directory / "out" / MODEL_FILE, model)
        digest_path(settings.model_dir).write_text(hashlib.sha256(model.read_bytes()).hexdigest(), "ascii")
    (settings.model_dir / _INPUTS_FILE).write_text(_inputs(settings), "ascii")
    return Trained(time.perf_counter() - started, count, files is not None)


def is_current(settings: Settings) -> bool:
    """Tell whether the model was trained on exactly what is there now."""
    recorded = settings.model_dir / _INPUTS_FILE
    return recorded.is_file() and recorded.read_text("ascii") == _inputs(settings)


def intent_of(answer: Answer) -> str:
    """Return the intent whose examples an answer's questions are."""
    return answer.intent or answer.topic.value


def _gather(content: Content, directory: Path) -> int:
    """Put the hand-written examples and the answers' questions where Rasa reads them; return how many there are."""
    shutil.copytree(ROOT / "data" / "nlu", directory / "data" / "nlu")
    shutil.copytree(ROOT / "data" / "rules", directory / "data" / "rules")
    further = _further_questions()
    if unknown := sorted(set(further) - {answer.id for answer in content.of(Answer)}):
        raise ModelError(f"data/questions names {unknown[0]}, which is no answer.")
    by_intent: dict[str, list[dict[str, Any]]] = {}
    for answer in content.of(Answer):
        metadata = {
            "answer": answer.id,
            "risk": answer.risk.value,
            "declines": answer.behaviour is Behaviour.DECLINE,
        }
        by_intent.setdefault(intent_of(answer), []).extend(
            {"text": question, "metadata": metadata}
            for question in (*answer.questions, answer.title, *further.get(answer.id, ()))
        )
    blocks = [{"intent": intent, "examples": examples} for intent, examples in sorted(by_intent.items())]
    (directory / "data" / "nlu" / "answers.yml").write_text(
        yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True, sort_keys=False), "utf-8"
    )
    written = sum(
        text.count("\n      - ") for text in (p.read_text("utf-8") for p in (ROOT / "data" / "nlu").glob("*.yml"))
    )
    return written + sum(len(examples) for examples in by_intent.values())


def _further_questions() -> dict[str, list[str]]:
    """Read the questions that only training needs: answer id to ways of asking it."""
    merged: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data" / "questions").glob("*.yml")):
        merged |= yaml.safe_load(path.read_text("utf-8"))
    return merged


def _configure(target: Path, settings: Settings, *, with_encoder: bool) -> None:
    config = yaml.safe_load((ROOT / "config.yml").read_text("utf-8"))
    for component in config["pipeline"]:
        if component["name"].endswith("SubstanceExtractor"):
            component["content_dir"] = str(settings.content_dir)
            component["encoder_dir"] = str(settings.model_dir / "encoder") if with_encoder else ""
        if component["name"].endswith("LearnedCrisisCheck"):
            component["examples_dir"] = str(ROOT / "data" / "safety")
            component["encoder_dir"] = str(settings.model_dir / "encoder") if with_encoder else ""
        if component["name"].endswith("SentenceEmbedding") and with_encoder:
            component["directory"] = str(settings.model_dir / "encoder")
    target.write_text(yaml.safe_dump(config, sort_keys=False), "utf-8")


def _run_rasa(directory: Path) -> None:
    from rasa.model_training import train as train_rasa

    from bot.dialogue import MODEL_FILE

    said = StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            result = train_rasa(
                domain=str(ROOT / "bot" / "domain" / "domain.yml"),
                config=str(directory / "config.yml"),
                training_files=[str(directory / "data")],
                output=str(directory / "out"),
                fixed_model_name=MODEL_FILE,
                force_training=True,
            )
    except Exception as error:
        # Rasa raises many classes for broken training data; the operator needs the sentence, not the class.
        raise ModelError(f"Training failed: {error}") from error
    if result.code != 0 or not result.model:
        raise ModelError(f"Training failed: {said.getvalue()[-500:]}")


def _inputs(settings: Settings) -> str:
    """Return a digest of everything that the model depends on."""
    digest = hashlib.sha256()
    for path in sorted(_input_files(settings)):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _input_files(settings: Settings) -> Iterable[Path]:
    yield from (ROOT / "data" / "nlu").rglob("*.yml")
    yield from (ROOT / "data" / "questions").rglob("*.yml")
    yield from (ROOT / "data" / "safety").rglob("*.yml")
    yield from (ROOT / "data" / "rules").rglob("*.yml")
    for folder in ("answers", "declines", "interactions"):
        yield from (settings.content_dir / folder).rglob("*.yml")
    yield from (ROOT / "bot" / "nlu").glob("*.*")
    yield from (ROOT / "bot" / "language").glob("*.py")
    yield from (ROOT / "config.yml", ROOT / "bot" / "domain" / "domain.yml", ROOT / "requirements.lock")
