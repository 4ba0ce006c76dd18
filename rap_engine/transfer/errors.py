"""What can go wrong with an archive.

RapError
├── BadArchive      nothing of it can be taken in
└── Refused         one thing in it cannot
"""

from typing import ClassVar

from rap_engine.errors import RapError


class BadArchive(RapError):
    """A file or folder is no archive, or not one that can be trusted; the message says why."""

    code: ClassVar[str] = "bad_archive"


class Refused(RapError):
    """One thing in an archive cannot be taken in.

    Attributes:
        path: where it is in the archive. It was written by others: show it with care.
        reason: why, in words.
    """

    code: ClassVar[str] = "refused_in_archive"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
