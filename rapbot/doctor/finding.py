"""What a check says."""

from dataclasses import dataclass
from typing import Protocol

from config import Settings


@dataclass(frozen=True)
class Finding:
    """One line of the doctor.

    Attributes:
        name: what was looked at.
        ok: whether the system can run with it.
        says: what was seen.
        mend: what to do; empty when it is fine. A finding that is `ok` and has this is a warning.
    """

    name: str
    ok: bool
    says: str
    mend: str = ""

    @classmethod
    def fine(cls, name: str, says: str) -> "Finding":
        """Return a finding that asks for nothing."""
        return cls(name, ok=True, says=says)

    @classmethod
    def warning(cls, name: str, says: str, mend: str) -> "Finding":
        """Return a finding that keeps nothing from running and is hardly meant."""
        return cls(name, ok=True, says=says, mend=mend)

    @classmethod
    def problem(cls, name: str, says: str, mend: str) -> "Finding":
        """Return a finding that asks for something."""
        return cls(name, ok=False, says=says, mend=mend)


class Check(Protocol):
    """A function that looks at one thing and changes nothing."""

    __name__: str

    def __call__(self, settings: Settings, /) -> Finding:
        """Return what was seen."""
