"""The verbs on the one row that says what answers. They are the system's own, not a person's.

The operator's wish and what serves differ while views lack keys of the wish's encoder. Whoever
starts a worker, or asks for a profile, has the last word on the wish.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from rap_engine.memory.tables import InService

WAIT_S = 20.0
"""First wait before a round that nobody began is called for again."""
_LONGEST_WAIT_DOUBLINGS = 5


@dataclass(frozen=True, slots=True)
class Serving:
    """What answers since when, and the profile that was asked for. `adapter` is a name."""

    profile: str
    adapter: str | None
    wanted: str
    changed_at: datetime


def serving_or(session: Session, profile: str) -> Serving:
    """Return what serves; the first profile that an empty database sees serves at once."""
    session.execute(
        insert(InService).values(profile=profile, wanted=profile).on_conflict_do_nothing()
    )
    serving = read_serving(session)
    assert serving is not None  # noqa: S101  the row is there, and nobody deletes it
    return serving


def read_serving(session: Session, *, locked: bool = False) -> Serving | None:
    """Return what serves, None before anything did; `locked`, nobody changes it until the end."""
    query = select(InService.profile, InService.adapter, InService.wanted, InService.changed_at)
    row = session.execute(query.with_for_update() if locked else query).one_or_none()
    return None if row is None else Serving(*row)


def wish_for(session: Session, profile: str) -> None:
    """Ask for a profile. It serves once all views have keys of its encoder, an empty list at once.

    A wish also ends the wait after rounds that failed: what they lacked may be there now.
    """
    session.execute(
        insert(InService)
        .values(profile=profile, wanted=profile)
        .on_conflict_do_update(
            index_elements=[InService.id],
            set_={"wanted": profile, "publishes": 0, "publish_after": func.now()},
        )
    )


def put_into_service(session: Session, profile: str) -> None:
    """Let a profile answer, without an adapter if that is a change: an adapter is of one base.

    Workers look before each job, and exchange their models between two.
    """
    wish_for(session, profile)
    session.execute(
        update(InService)
        .where(InService.profile != profile)
        .values(profile=profile, adapter=None, changed_at=func.now())
    )


def put_adapter_into_service(session: Session, adapter: str | None) -> None:
    """Let the profile that serves answer with an adapter, or with none."""
    session.execute(update(InService).values(adapter=adapter))


def call_for_round(session: Session) -> int | None:
    """Return the number of a new round, None if one was called for a short while ago.

    The wait doubles with each round that came to nothing.
    """
    doublings = func.least(InService.publishes, _LONGEST_WAIT_DOUBLINGS)
    return session.scalar(
        update(InService)
        .where(InService.publish_after <= func.now())
        .values(
            round=InService.round + 1,
            publishes=InService.publishes + 1,
            publish_after=func.now() + timedelta(seconds=WAIT_S) * func.power(2, doublings),
        )
        .returning(InService.round)
    )


def is_called_for(session: Session, number: int) -> bool:
    """Say whether a round is the newest, or its message an old one."""
    return session.scalar(select(InService.id).where(InService.round == number)) is not None


def carry_on(session: Session, number: int) -> bool:
    """Note that a round embedded something and goes on; False if a newer one does."""
    noted = session.scalar(
        update(InService)
        .where(InService.round == number)
        .values(publishes=0, publish_after=func.now() + timedelta(seconds=WAIT_S))
        .returning(InService.id)
    )
    return noted is not None
