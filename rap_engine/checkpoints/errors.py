"""What can go wrong when weights are fetched or converted.

WeightsError
├── WeightsCorrupt
│   └── DownloadDamaged    a file's content is not what its source says
├── FetchFailed            a source gave nothing, or not what it names; says what to do
│   └── SourceAway         it cannot be reached, or the connection broke
├── ConversionFailed       a checkpoint is not of the layout that is read, or not whole
│   └── TensorsDiffer      its tensors are not those of the model; lists them
└── DiskFull               there is no room for what is to be written

Codes of their own: a terminal shows the message itself.
"""

from collections.abc import Sequence
from typing import ClassVar

from rap_engine.errors import WeightsCorrupt, WeightsError

_MOST_LISTED = 10


class FetchFailed(WeightsError):
    """A source did not give what it was asked for."""

    code: ClassVar[str] = "weights_fetch"


class SourceAway(FetchFailed):
    """The source cannot be reached, or the connection broke; what came is kept."""


class DownloadDamaged(WeightsCorrupt):
    """A file came with another content than its source says; it was erased."""

    code: ClassVar[str] = "weights_damaged"


class ConversionFailed(WeightsError):
    """A checkpoint cannot be converted; nothing was written as finished."""

    code: ClassVar[str] = "weights_conversion"


class TensorsDiffer(ConversionFailed):
    """A checkpoint's tensors are not those of the model that its configuration describes.

    Attributes:
        missing: names that the model has and the checkpoint lacks.
        left_over: names that only the checkpoint has.
        misshapen: names with both shapes.
    """

    def __init__(
        self,
        missing: Sequence[str] = (),
        left_over: Sequence[str] = (),
        misshapen: Sequence[str] = (),
    ) -> None:
        self.missing, self.left_over, self.misshapen = missing, left_over, misshapen
        lists = {"missing": missing, "left over": left_over, "of another shape": misshapen}
        parts = [f"{what}: {_listed(names)}" for what, names in lists.items() if names]
        super().__init__(f"The checkpoint's tensors are not the model's. {'; '.join(parts)}.")


class DiskFull(WeightsError):
    """There is no room on the disk; nothing was written as finished."""

    code: ClassVar[str] = "weights_disk"


def _listed(names: Sequence[str]) -> str:
    rest = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(names[:_MOST_LISTED]) + rest
