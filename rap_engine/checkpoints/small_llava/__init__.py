"""A small LLaVA, put together from weights that ship in packages."""

from pathlib import Path

from rap_engine.checkpoints.record import Record
from rap_engine.checkpoints.shipped import shipped_adapter
from rap_engine.checkpoints.sources import PackageSource


def assemble_from(source: PackageSource, fetched: Path, target: Path, *, record: Record) -> None:
    """Write the small LLaVA of a source whose file was fetched into a folder.

    Raises:
        WeightsError: it cannot be put together; says why.
    """
    # torch, which a fetch has no need of.
    from rap_engine.checkpoints.small_llava.assembling import assemble  # noqa: PLC0415
    from rap_engine.checkpoints.small_llava.tower import Lite0TowerConfig  # noqa: PLC0415

    tower = Lite0TowerConfig(grid=source.tower.grid, has_middle=source.tower.has_middle)
    merged = None if source.merged is None else shipped_adapter(source.merged)
    assemble(fetched / Path(source.file).name, target, tower=tower, merged=merged, record=record)


def register_tower() -> None:
    """Make transformers know the tower, which a folder's configuration names by its type."""
    from rap_engine.checkpoints.small_llava import tower  # noqa: F401, PLC0415
