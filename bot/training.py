"""Trains the model: prepares the encoder, gathers the examples, runs Rasa's training, records digests."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import yaml

from bot.answers import repository
from bot.answers.models import Answer
from bot.answers.repository import Content
from bot.errors import ModelError
from bot.language import encoder
from bot.reply import Behaviour
from bot.settings import ROOT, Settings

__all__ = ["Trained", "intent_of", "is_current", "train", "written_examples"]

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
    """Put the hand-written examples and the answers' questions where Rasa reads them; return how many there are.

    As one JSON file: Rasa reads and checks YAML with metadata twenty times slower, twice.
    """
    shutil.copytree(ROOT / "data" / "rules", directory / "data" / "rules")
    examples: list[dict[str, Any]] = [
        {"text": text, "intent": intent} for intent, text in written_examples(ROOT / "data" / "nlu")
    ]
    further = _further_questions()
    if unknown := sorted(set(further) - {answer.id for answer in content.of(Answer)}):
        raise ModelError(f"data/questions names {unknown[0]}, which is no answer.")
    for answer in content.of(Answer):
        about = {
            "answer": answer.id,
            "risk": answer.risk.value,
            "declines": answer.behaviour is Behaviour.DECLINE,
        }
        examples += [
            {"text": question, "intent": intent_of(answer), "example_metadata": about}
            for question in (*answer.questions, answer.title, *further.get(answer.id, ()))
        ]
    (directory / "data" / "nlu.json").write_bytes(msgspec.json.encode({"rasa_nlu_data": {"common_examples": examples}}))
    return len(examples)


def written_examples(directory: Path) -> Iterator[tuple[str, str]]:
    """Yield intent and text of every hand-written example; the files are in Rasa's YAML format.

    Raises:
        ModelError: if a file is not in that format.
    """
    for path in sorted(directory.glob("*.yml")):
        try:
            for block in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["nlu"]:
                for line in block["examples"].splitlines():
                    if line.strip().startswith("- "):
                        yield block["intent"], line.strip()[2:]
        except (KeyError, TypeError, yaml.YAMLError) as error:
            raise ModelError(f"data/nlu/{path.name} is not a file of intents and examples.") from error


def _further_questions() -> dict[str, list[str]]:
    """Read the questions that only training needs: answer id to ways of asking it."""
    merged: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data" / "questions").glob("*.yml")):
        merged |= yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
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
        with redirect_stdout(said), redirect_stderr(said), warnings.catch_warnings():
            # It announces for version 4 that JSON will not be read any more; 3.6.21 is the last open-source one.
            warnings.simplefilter("ignore")
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
