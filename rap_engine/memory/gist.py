"""Errors as a log may have them: without what people told."""

from psycopg.errors import LockNotAvailable
from sqlalchemy.exc import DBAPIError

from rap_engine.errors import NameTaken, UnknownConcept


def gist_of(error: Exception) -> str:
    """Return what an error says, or its kind alone where its words may quote a row or a name."""
    match error:
        case NameTaken() | UnknownConcept():
            return type(error).__name__
        case DBAPIError():
            return f"{type(error).__name__}: {type(error.orig).__name__}"
        case _:
            return repr(error)


def is_lock_timeout(error: Exception) -> bool:
    """Say whether a statement waited too long for somebody else's lock: nothing has failed."""
    return isinstance(error, DBAPIError) and isinstance(error.orig, LockNotAvailable)


def traceback_of(error: Exception) -> Exception | None:
    """Return an error whose traceback may be logged: a traceback ends with the error's words."""
    return None if isinstance(error, NameTaken | UnknownConcept | DBAPIError) else error
