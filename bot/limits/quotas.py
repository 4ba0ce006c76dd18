"""What is checked where a job is made. Each limit says in its sentence how much it is."""

from datetime import timedelta
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.limits.usage import (
    DayOfJobs,
    day_of_list,
    day_of_person,
    day_of_photos,
    to_be_remembered,
    waiting_of,
    waiting_of_all,
)
from config import Settings
from rap_engine.errors import QuotaExceeded
from rap_engine.memory import Actor, Concept, ConceptList
from rap_engine.memory.people import active_list
from rap_engine.memory.usage import check_room
from workers.jobs.tables import Upload
from workers.jobs.values import RememberRequest


def check_jobs(session: Session, settings: Settings, actor: Actor, *, is_admin: bool) -> None:
    """See to it that a person may ask for one more job. Admins have days without end.

    Raises:
        QuotaExceeded: the queue is full, too much of the person's is waiting, or the day's jobs of
            the person or of their active list are used up.
    """
    if waiting_of_all(session) >= settings.queue_limit:
        raise QuotaExceeded("queue")
    if waiting_of(session, actor.user_id) >= settings.most_waiting_jobs:
        raise QuotaExceeded("waiting", most=str(settings.most_waiting_jobs))
    if is_admin:
        return
    _check_day("jobs", day_of_person(session, settings, actor.user_id))
    _check_day_of_list(session, settings, actor)


def check_photos(session: Session, settings: Settings, user_id: int, *, is_admin: bool) -> None:
    """See to it that one more of a person's photos may be kept. Not each becomes a job.

    Raises:
        QuotaExceeded: there are as many as the day's jobs may be.
    """
    if not is_admin:
        _check_day("jobs", day_of_photos(session, settings, user_id))


def _check_day_of_list(session: Session, settings: Settings, actor: Actor) -> None:
    list_id = active_list(session, actor)
    title = session.scalar(select(ConceptList.title).where(ConceptList.id == list_id))
    reason = "list_jobs" if actor.group_id is None else "group_jobs"
    _check_day(reason, day_of_list(session, settings, list_id), title=title or "")


def check_room_for(
    session: Session,
    settings: Settings,
    actor: Actor,
    request: RememberRequest,
    upload_id: int | None,
) -> None:
    """See to it that there is room for what is to be remembered, and for what waits before it.

    Raises:
        QuotaExceeded: there is none.
    """
    size = select(func.octet_length(Upload.content)).where(Upload.id == upload_id)
    photo_bytes = session.scalar(size) or 0
    if request.concept_id is None:
        list_id = active_list(session, actor)
        concepts = 1 + to_be_remembered(session, list_id)
        check_room(session, settings, list_id, concepts, photo_bytes)
        return
    list_of_concept = session.scalar(
        select(Concept.list_id).where(Concept.id == request.concept_id)
    )
    if list_of_concept is not None:
        check_room(session, settings, list_of_concept, 0, photo_bytes)


def _check_day(reason: str, day: DayOfJobs, **params: str) -> None:
    if not day.is_used_up:
        return
    if day.free_in is None:
        raise QuotaExceeded(f"no_{reason}", **params)
    raise QuotaExceeded(reason, most=str(day.most), wait=in_words(day.free_in), **params)


def in_words(wait: timedelta) -> str:
    """Return a time to wait, in whole minutes and never less than it is: `3 h 20 min`."""
    hours, minutes = divmod(max(1, ceil(wait / timedelta(minutes=1))), 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{minutes} min"] * bool(minutes)
    return " ".join(parts)
