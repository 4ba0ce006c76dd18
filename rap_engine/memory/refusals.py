"""What PostgreSQL refuses a person, as errors that say why."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from rap_engine.errors import ListGone, NameTaken, NotAMember


@contextmanager
def refusals_told(session: Session) -> Iterator[None]:
    """Write as a member of a list. What was refused leaves the transaction usable.

    Whether a person may write is asked by PostgreSQL at each statement, so that a membership which
    ended a moment ago counts as well.

    Raises:
        NotAMember: row-level security stopped the write.
        ListGone: the list, or what the row belongs to, was erased meanwhile.
    """
    try:
        with session.begin_nested():
            yield
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise NotAMember("row-level security refused the write") from error
    except IntegrityError as error:
        if not isinstance(error.orig, ForeignKeyViolation):
            raise
        raise ListGone("what the row belongs to is gone") from error


@contextmanager
def name_kept(name: str) -> Iterator[None]:
    """Write a concept's name into a list.

    Raises:
        NameTaken: the list has a concept whose name is the same after folding.
    """
    try:
        yield
    except IntegrityError as error:
        if "concepts_list_id_folded_name_key" not in str(error.orig):
            raise
        raise NameTaken(name) from error
