"""The one place that makes a session, and the one that says on whose behalf it reads.

A transaction is the system's own (intake, jobs, replies, housekeeping) until `acting_as` hands a
part of it to a person. There PostgreSQL itself hides every row of a list that the person is not a
member of: the role `rapbot_user` cannot bypass row-level security, and without a person in the
context it sees no rows at all.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

_AFTER_COMMIT = "after_commit"
_ACTING = "acting"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and from where.

    Inside a group, whose list is `group_id`, only that list is seen: what is said there is read by
    all its members. Elsewhere `group_id` is None, and the lists of groups are not seen.
    """

    user_id: int
    group_id: int | None = None


class Database:
    """Transactions on one PostgreSQL database.

    Args:
        url: SQLAlchemy URL with the driver psycopg.
        pool_size: connections kept open; 0 opens one a transaction, which is what a process that
            forks afterwards needs.
        lock_wait_s: how long a statement waits for somebody else's lock before it fails; None waits
            for ever.
    """

    def __init__(self, url: str, *, pool_size: int = 5, lock_wait_s: float | None = None) -> None:
        self.url = url
        wait = (
            {} if lock_wait_s is None else {"options": f"-c lock_timeout={lock_wait_s * 1000:.0f}"}
        )
        if pool_size:
            self._engine = create_engine(
                url,
                pool_pre_ping=True,
                pool_size=pool_size,
                max_overflow=0,
                hide_parameters=True,
                connect_args=wait,
            )
        else:
            self._engine = create_engine(
                url, poolclass=NullPool, hide_parameters=True, connect_args=wait
            )

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open a session, commit it at the end, then run what waits for the commit.

        A connection is taken by the first statement, so slow work before it holds none.
        """
        with Session(self._engine, expire_on_commit=False) as session:
            with session.begin():
                yield session
            for action in session.info.pop(_AFTER_COMMIT, []):
                action()

    def close(self) -> None:
        """Close all idle connections."""
        self._engine.dispose()


def conninfo(url: str) -> str:
    """Return an SQLAlchemy URL as psycopg reads it, for a connection outside the pool."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def after_commit(session: Session, action: Callable[[], None]) -> None:
    """Run `action` once the session's transaction is committed, never if it is rolled back."""
    session.info.setdefault(_AFTER_COMMIT, []).append(action)


@contextmanager
def acting_as(session: Session, actor: Actor) -> Iterator[None]:
    """Run the block with the eyes of one person, under row-level security.

    The block is a savepoint: an error undoes what it wrote and leaves the transaction usable.

    Raises:
        RuntimeError: the session acts for somebody already. Leaving the inner block would leave the
            outer one without its restriction.
    """
    if session.info.get(_ACTING):
        raise RuntimeError("the session acts for somebody already")
    session.info[_ACTING] = True
    try:
        with _restricted(session, actor):
            yield
    finally:
        del session.info[_ACTING]


@contextmanager
def _restricted(session: Session, actor: Actor) -> Iterator[None]:
    waiting = len(session.info.get(_AFTER_COMMIT, []))
    try:
        with _role_of(session, actor):
            yield
    except BaseException:
        # What was to follow the block's writes does not follow once they are undone.
        del session.info.get(_AFTER_COMMIT, [])[waiting:]
        raise


@contextmanager
def _role_of(session: Session, actor: Actor) -> Iterator[None]:
    with session.begin_nested():
        _set_context(session, str(actor.user_id), str(actor.group_id or ""))
        session.execute(text("SET LOCAL ROLE rapbot_user"))
        yield
        session.flush()
        session.execute(text("RESET ROLE"))
        _set_context(session, "", "")


def _set_context(session: Session, user_id: str, group_id: str) -> None:
    session.execute(
        text(
            "SELECT set_config('rapbot.user_id', :user_id, true),"
            " set_config('rapbot.group_id', :group_id, true)"
        ),
        {"user_id": user_id, "group_id": group_id},
    )
