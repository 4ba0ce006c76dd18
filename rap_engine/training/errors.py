"""What can go wrong in training.

RapError
├── BadSource         a data set's folder is not of the layout that it should have
├── BadRecord         JSON that is not a record (`records.record`)
└── TrainingError     a run cannot go on; the message is for the admin who started it
    ├── BadPlan       a plan that cannot be carried out
    └── RunCancelled  somebody asked for the run to end
"""

from typing import ClassVar

from rap_engine.errors import RapError


class BadSource(RapError):
    """A data set's folder is not of the layout that it should have; the message says what lacks."""

    code: ClassVar[str] = "bad_source"


class TrainingError(RapError):
    """A run cannot go on."""

    code: ClassVar[str] = "training"


class BadPlan(TrainingError):
    """A plan that cannot be carried out; the message names the part."""

    code: ClassVar[str] = "bad_plan"


class RunCancelled(TrainingError):
    """Somebody asked for the run to end; its last checkpoint stays."""

    code: ClassVar[str] = "run_cancelled"
