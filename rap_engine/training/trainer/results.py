"""What became of the records, and what came of a run."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the records.

    Attributes:
        records: All of them.
        used: Those that became lessons.
        shortened: Of these, those that lost references for want of room.
        too_long: Left out: longer than the plan allows even then.
        missing_pictures: Left out: a picture is not there, or cannot be read.
        says_nothing: Left out: it does not say whether its photo shows any reference, and only
            that is taught.
    """

    records: int
    used: int
    shortened: int
    too_long: int
    missing_pictures: int
    says_nothing: int = 0


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a run.

    Attributes:
        adapter: Folder of the adapter, as the generator loads it.
        steps: Of the whole run, those before it was resumed included.
        loss: Mean of its last few steps.
        held_out_loss: Of the adapter that was written; None where nothing was held out.
        seconds: Of this call alone.
        counts: What became of the records.
        unreadable: Times that a record was left out of a step, since a picture of it had broken.
    """

    adapter: Path
    steps: int
    loss: float
    held_out_loss: float | None
    seconds: float
    counts: Counts
    unreadable: int
