"""Conversion of an ultralytics YOLO-World file to safetensors, under the same names."""

from pathlib import Path

from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.files import check_room, write_whole
from rap_engine.checkpoints.progress import Advance, Progress, silent
from rap_engine.checkpoints.record import BY_HAND, Record
from rap_engine.checkpoints.safetensors_file import Stream, write_safetensors
from rap_engine.checkpoints.torch_file import open_modules

_PREFIX = "model."


def convert_yolo_world(
    source: Path, target: Path, progress: Progress = silent, record: Record = BY_HAND
) -> None:
    """Write `model.safetensors` with the names and numbers of `WorldModel.state_dict()`.

    Whether they fit an architecture, the detector checks when it loads them.

    Args:
        source: the `.pt` file, or the folder that has it alone.
        target: folder to write; there, whole, at the end or not at all.
        record: written last.

    Raises:
        ConversionFailed: the file holds no YOLO model.
        CheckpointUnreadable: it is no file of modules.
        DiskFull: there is no room.
    """
    file = _only_file(source)
    with open_modules(file) as modules:
        strange = [name for name in modules.tensors if not name.startswith(_PREFIX)]
        if strange or not modules.tensors:
            what = f"it has {strange[0]}" if strange else "it has no parameters"
            raise ConversionFailed(f"{file} is not a YOLO model: {what}.")
        total = sum(info.size for info in modules.tensors.values())
        check_room(target, total)
        streams = [
            Stream(name, info, lambda name=name: modules.chunks(name))  # type: ignore[misc]
            for name, info in modules.tensors.items()
        ]

        def write(folder: Path, wrote: Advance) -> None:
            write_safetensors(folder / "model.safetensors", streams, wrote)
            record.write(folder)

        with progress(f"converting {file.name}", total) as wrote:
            write_whole(target, lambda folder: write(folder, wrote))


def _only_file(source: Path) -> Path:
    files = [source] if source.is_file() else sorted(source.glob("*.pt"))
    if len(files) != 1:
        raise ConversionFailed(f"{source} has {len(files)} files `*.pt`, not one.")
    return files[0]
