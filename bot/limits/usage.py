"""What people and lists have used of a day, and what is waiting."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Interval, func, select, text, type_coerce
from sqlalchemy.orm import Session

from config import Settings
from rap_engine.memory import ConceptList, User
from rap_engine.memory.people import PERSONAL
from workers.jobs.tables import Job, Upload
from workers.jobs.turns import unfinished

DAY = timedelta(hours=24)
_OF_LIST = "FROM rapbot_jobs_of_list(:list_id, now() - :day) AS at"


@dataclass(frozen=True, slots=True)
class DayOfJobs:
    """What a person or a list has used of a day's jobs. `most` is None where there is no limit.

    A day is the last 24 hours, so `free_in` is when the oldest job that is in the way has become a
    day old; None if the next job may come now, or never.
    """

    used: int
    most: int | None
    free_in: timedelta | None = None

    @property
    def is_used_up(self) -> bool:
        """Whether the next job has to wait."""
        return self.most is not None and self.used >= self.most


def day_of_person(session: Session, settings: Settings, user_id: int) -> DayOfJobs:
    """Return what a person has used of the day."""
    return _day_of_person(session, settings, user_id, Job)


def day_of_photos(session: Session, settings: Settings, user_id: int) -> DayOfJobs:
    """Return how many photos are kept of a person's day, whether a job came of them or not."""
    return _day_of_person(session, settings, user_id, Upload)


def _day_of_person(
    session: Session, settings: Settings, user_id: int, table: type[Job | Upload]
) -> DayOfJobs:
    own = session.scalar(select(User.jobs_a_day).where(User.id == user_id))
    most = settings.jobs_a_day if own is None else own
    recent = (table.user_id == user_id, table.created_at > func.now() - DAY)
    used = session.scalar(select(func.count()).select_from(table).where(*recent)) or 0
    if not 0 < most <= used:
        return DayOfJobs(used, most)
    in_the_way = (
        select(type_coerce(table.created_at + DAY - func.now(), Interval))
        .where(*recent)
        .order_by(table.created_at.desc())
        .offset(most - 1)
        .limit(1)
    )
    return DayOfJobs(used, most, session.scalar(in_the_way))


def day_of_list(session: Session, settings: Settings, list_id: int) -> DayOfJobs:
    """Return what all members of a list together have used of the day.

    A personal list has no limit beside its owner's, unless an admin gave it one.
    """
    row = session.execute(
        select(ConceptList.kind, ConceptList.jobs_a_day).where(ConceptList.id == list_id)
    ).one_or_none()
    kind, own = row if row is not None else (PERSONAL, None)
    most = settings.family_jobs_a_day if own is None and kind != PERSONAL else own
    of_list = {"list_id": list_id, "day": DAY}
    # The jobs of others cannot be seen: PostgreSQL tells their times alone.
    used = session.execute(text(f"SELECT count(*) {_OF_LIST}"), of_list).scalar_one()
    if most is None or not 0 < most <= used:
        return DayOfJobs(used, most)
    in_the_way = text(f"SELECT at + :day - now() {_OF_LIST} OFFSET :offset LIMIT 1")
    free_in = session.scalar(in_the_way, {**of_list, "offset": most - 1})
    return DayOfJobs(used, most, free_in)


def waiting_of(session: Session, user_id: int) -> int:
    """Return how many jobs of a person wait or run."""
    mine = select(func.count()).select_from(Job).where(Job.user_id == user_id, unfinished(Job))
    return session.scalar(mine) or 0


def waiting_of_all(session: Session) -> int:
    """Return how many jobs of everybody wait or run."""
    count: int = session.execute(text("SELECT rapbot_unfinished_jobs()")).scalar_one()
    return count


def to_be_remembered(session: Session, list_id: int) -> int:
    """Return how many concepts are on their way into a list, from any of its members."""
    query = text("SELECT rapbot_to_be_remembered(:list_id)")
    count: int = session.execute(query, {"list_id": list_id}).scalar_one()
    return count
