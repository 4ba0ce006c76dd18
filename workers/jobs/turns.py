"""Whose turn it is: of each person's jobs one is in flight, the others wait in the database.

A burst of photos then takes no more of the workers than one question of somebody else's. The end of
a job hands over to the next one. Who makes a job and who ends one look at the others under the same
lock, taken late: otherwise the one would see a job that still runs, the other none that waits, and
nobody would call for it.
"""

from datetime import timedelta

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session, aliased

from workers.jobs.tables import Job

REPUBLISH_AFTER_S = 20.0
"""First wait before an untaken job is published again. It doubles a few times, so that a long queue
is not flooded with copies of its own messages."""


def lock_turns(session: Session, user_id: int) -> None:
    """Keep others from making or ending jobs of a person until the transaction ends."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:whose, 0))"),
        {"whose": f"jobs of {user_id}"},
    )


def unfinished(job: type[Job]) -> ColumnElement[bool]:
    """Return the condition that a job waits or runs."""
    # Written out, and not as parameters: a partial index is used for what it literally says.
    states: BindParameter[str] = bindparam(
        None, ("queued", "running"), expanding=True, literal_execute=True
    )
    return job.state.in_(states)


def has_its_turn() -> ColumnElement[bool]:
    """Return the condition that no other job of the person runs, and none came earlier."""
    other = aliased(Job)
    return ~exists().where(
        other.user_id == Job.user_id,
        other.id != Job.id,
        unfinished(other),
        or_(other.id < Job.id, other.state == "running"),
    )


def is_free(session: Session, user_id: int) -> bool:
    """Say whether a person has no job that waits or runs. The caller holds their turns' lock."""
    return session.scalar(select(_of(user_id).exists())) is False


def call_next(session: Session, user_id: int) -> tuple[int, str] | None:
    """Note that the person's next job is called for, and return its id and kind if there is one."""
    lock_turns(session, user_id)
    waiting = _of(user_id).where(Job.state == "queued", has_its_turn())
    called = session.execute(
        update(Job)
        .where(Job.id == waiting.order_by(Job.id).limit(1).scalar_subquery())
        .values(
            publishes=Job.publishes + 1,
            publish_after=func.now() + timedelta(seconds=REPUBLISH_AFTER_S),
        )
        .returning(Job.id, Job.kind)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return None if called is None else (called.id, called.kind)


def _of(user_id: int) -> Select[int]:
    return select(Job.id).where(Job.user_id == user_id, unfinished(Job))
