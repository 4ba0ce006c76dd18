"""Conversion of a checkpoint in the original LLaVA code's layout, in bounded memory."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rap_engine.checkpoints.errors import ConversionFailed, TensorsDiffer
from rap_engine.checkpoints.files import check_room, write_whole
from rap_engine.checkpoints.folder import SHARD_BYTES, Weights, open_weights, write_shards
from rap_engine.checkpoints.llava.configuration import (
    build_config,
    expected_shapes,
    save_processor,
)
from rap_engine.checkpoints.llava.names import (
    EMBEDDINGS,
    has_tower,
    stored_names,
    tower_names,
)
from rap_engine.checkpoints.llava.original import Original
from rap_engine.checkpoints.llava.rows import FLOATS, torch_type, with_rows
from rap_engine.checkpoints.llava.tokens import build_tokenizer
from rap_engine.checkpoints.progress import Progress, silent
from rap_engine.checkpoints.record import BY_HAND, Record
from rap_engine.checkpoints.safetensors_file import Stream
from rap_engine.checkpoints.tensors import TensorInfo

_ROWS_AND_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class _Part:
    """Tensors of one folder with the names under which they are stored."""

    weights: Weights
    names: dict[str, str]


def convert_llava(
    source: Path,
    target: Path,
    vision_tower: Path | None = None,
    progress: Progress = silent,
    shard_bytes: int = SHARD_BYTES,
    record: Record = BY_HAND,
) -> None:
    """Write what `LlavaForConditionalGeneration.from_pretrained` and `AutoProcessor` load.

    Numbers keep their format. Tensors pass through a few megabytes of memory, one after the other.

    Args:
        source: folder with the original `config.json`, tokenizer and weights.
        target: folder to write; there, whole, at the end or not at all.
        vision_tower: folder of the CLIP model that the checkpoint names, for its configuration,
            and for its weights where the checkpoint lacks them.
        shard_bytes: most bytes of tensors in a file, unless one tensor has more.
        record: written last.

    Raises:
        ConversionFailed: another layout, or something is missing; says what.
        TensorsDiffer: names or shapes are not those of the model; lists them.
        CheckpointUnreadable: a file of weights cannot be read.
        DiskFull: there is no room.
    """
    original = Original.read(source)
    if vision_tower is None:
        raise ConversionFailed(
            f"{source} names the vision tower {original.vision_tower}."
            " Give its folder with --vision-tower."
        )
    tokenizer = build_tokenizer(source, original)
    with ExitStack() as stack:
        parts = _open_parts(stack, source, vision_tower)
        embeddings = _embeddings(parts[0])
        present = embeddings.shape[0]
        rows = max(present, len(tokenizer))
        config = build_config(original, vision_tower, tokenizer, rows, torch_type(embeddings))
        streams = [stream for part in parts for stream in _streams(part, present, rows)]
        _check(streams, expected_shapes(config))
        total = sum(stream.info.size for stream in streams)
        check_room(target, total)

        def write(folder: Path, wrote: Callable[[int], None]) -> None:
            config.save_pretrained(folder)
            save_processor(folder, original, vision_tower, tokenizer, config)
            write_shards(folder, streams, wrote, shard_bytes)
            record.write(folder)

        with progress(f"converting {source.name}", total) as wrote:
            write_whole(target, lambda folder: write(folder, wrote))


def _open_parts(stack: ExitStack, source: Path, vision_tower: Path) -> list[_Part]:
    weights = stack.enter_context(open_weights(source))
    parts = [_Part(weights, stored_names(weights.tensors))]
    if not has_tower(parts[0].names.values()):
        tower = stack.enter_context(open_weights(vision_tower))
        parts.append(_Part(tower, tower_names(tower.tensors)))
    return parts


def _embeddings(part: _Part) -> TensorInfo:
    """Return what the input embeddings are, (rows, width).

    Raises:
        TensorsDiffer: there are none.
    """
    for name, stored in part.names.items():
        info = part.weights.tensors[name]
        if stored == EMBEDDINGS[0] and len(info.shape) == _ROWS_AND_COLUMNS:
            return info
    raise TensorsDiffer(missing=[EMBEDDINGS[0]])


def _streams(part: _Part, present: int, rows: int) -> list[Stream]:
    return [
        with_rows(part.weights, name, stored, rows)
        if stored in EMBEDDINGS and part.weights.tensors[name].shape[:1] == (present,)
        else part.weights.stream(name, stored)
        for name, stored in part.names.items()
    ]


def _check(streams: list[Stream], expected: dict[str, tuple[int, ...]]) -> None:
    for stream in streams:
        if stream.info.dtype not in FLOATS:
            raise ConversionFailed(f"{stream.name} has numbers of the format {stream.info.dtype}.")
    found = {stream.name: stream.info.shape for stream in streams}
    missing = sorted(expected.keys() - found.keys())
    left_over = sorted(found.keys() - expected.keys())
    misshapen = [
        f"{name} {list(found[name])}, not {list(shape)}"
        for name, shape in expected.items()
        if name in found and found[name] != shape
    ]
    if missing or left_over or misshapen:
        raise TensorsDiffer(missing, left_over, misshapen)
