"""The weights of a folder, whatever files and formats they are spread over."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.safetensors_file import Stream, open_safetensors, write_safetensors
from rap_engine.checkpoints.tensors import CHUNK_BYTES, TensorFile, TensorInfo
from rap_engine.checkpoints.torch_file import open_state

_Opener = Callable[[Path], AbstractContextManager[TensorFile]]
_FORMATS: tuple[tuple[str, _Opener], ...] = (
    ("model.safetensors", open_safetensors),
    ("pytorch_model.bin", open_state),
)
SHARD_BYTES = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Weights:
    """All tensors of an open folder."""

    _files: Mapping[str, TensorFile]

    @property
    def tensors(self) -> Mapping[str, TensorInfo]:
        """All tensors, file by file."""
        return {name: file.tensors[name] for name, file in self._files.items()}

    def stream(self, name: str, new_name: str) -> Stream:
        """Return a tensor to write under another name."""
        info = self._files[name].tensors[name]
        return Stream(new_name, info, lambda: self.chunks(name))

    def chunks(self, name: str, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """See `TensorFile`."""
        return self._files[name].chunks(name, size)


@contextmanager
def open_weights(folder: Path) -> Iterator[Weights]:
    """Open the weights of a folder; safetensors where it has both formats.

    Raises:
        ConversionFailed: there are none, or a file of them is missing.
        CheckpointUnreadable: a file of them cannot be read.
    """
    files, opened = _find(folder)
    with ExitStack() as stack:
        found: dict[str, TensorFile] = {}
        for path in files:
            file = stack.enter_context(opened(path))
            if twice := found.keys() & file.tensors.keys():
                raise ConversionFailed(f"{min(twice)} is in two files of {folder}.")
            found |= dict.fromkeys(file.tensors, file)
        yield Weights(found)


def _find(folder: Path) -> tuple[list[Path], _Opener]:
    for name, opened in _FORMATS:
        if files := _files_of(folder, name):
            return files, opened
    names = " or ".join(f"{name}[.index.json]" for name, _ in _FORMATS)
    raise ConversionFailed(f"{folder} has no weights: no {names}.")


def write_shards(
    folder: Path,
    streams: list[Stream],
    wrote: Callable[[int], None],
    shard_bytes: int = SHARD_BYTES,
) -> None:
    """Write tensors as `model.safetensors`, or as several with an index.

    Raises:
        ConversionFailed: a stream does not give what it says.
    """
    shards = _shards(streams, shard_bytes)
    if len(shards) == 1:
        write_safetensors(folder / "model.safetensors", shards[0], wrote)
        return
    places: dict[str, str] = {}
    for number, shard in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        write_safetensors(folder / name, shard, wrote)
        places |= {stream.name: name for stream in shard}
    total = sum(stream.info.size for stream in streams)
    index = {"metadata": {"total_size": total}, "weight_map": places}
    text = json.dumps(index, indent=2)
    (folder / "model.safetensors.index.json").write_text(text + "\n", "utf-8")


def _shards(streams: list[Stream], shard_bytes: int) -> list[list[Stream]]:
    shards: list[list[Stream]] = [[]]
    size = 0
    for stream in streams:
        if shards[-1] and size + stream.info.size > shard_bytes:
            shards.append([])
            size = 0
        shards[-1].append(stream)
        size += stream.info.size
    return shards


def _files_of(folder: Path, name: str) -> list[Path]:
    if (folder / name).is_file():
        return [folder / name]
    index = folder / f"{name}.index.json"
    if not index.is_file():
        return []
    try:
        places = json.loads(index.read_text("utf-8"))["weight_map"]
        names = sorted(set(places.values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConversionFailed(f"{index} is not an index of weights.") from error
    for file in names:
        if Path(file).name != file or not (folder / file).is_file():
            raise ConversionFailed(f"{index} names {file}, which is not in the folder.")
    return [folder / file for file in names]
