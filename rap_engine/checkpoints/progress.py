"""How work on large files tells how far it is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]


class Progress(Protocol):
    """Begins to show a piece of work."""

    def __call__(
        self, name: str, total: int | None
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Return a block that is given the work's verb to call with the bytes of each piece.

        Args:
            name: what is done, for people.
            total: bytes of all pieces, if known.
        """


@contextmanager
def silent(name: str, total: int | None) -> Iterator[Advance]:  # noqa: ARG001
    """Show nothing."""
    yield lambda _size: None
