"""What can go wrong with a job itself, whatever its work.

RapError
└── JobError
    ├── LeaseLost       another worker has taken the job over
    └── UploadGone      the job's photo is no longer kept
"""

from typing import ClassVar

from rap_engine.errors import RapError


class JobError(RapError):
    """A job cannot go on."""


class LeaseLost(JobError):
    """The job was taken over, ended or erased while this worker held it."""


class UploadGone(JobError):
    """The photo that the job speaks of is no longer kept."""

    code: ClassVar[str] = "upload_gone"
