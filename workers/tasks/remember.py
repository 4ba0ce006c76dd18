"""Remember: a photo becomes a concept, or a further view of one."""

from sqlalchemy.orm import Session

from rap_engine.engine import Engine
from rap_engine.errors import ListGone, UnknownConcept
from rap_engine.exchange import Introduction, Remembered
from rap_engine.memory.seen_lists import family_with
from workers.jobs.errors import UploadGone
from workers.jobs.values import Button, Content, Draft, Lease, RememberRequest
from workers.runner import Outcome


def remember(session: Session, engine: Engine, lease: Lease, photo: bytes | None) -> Outcome:
    """Store the view, and answer with the crop that the concept will be known by.

    Where it shows a face that nobody has agreed to keep yet, a question follows.
    """
    if photo is None:
        raise UploadGone(f"job {lease.job_id} has no photo")
    request = RememberRequest(**lease.payload)
    if lease.list_id is None:
        raise ListGone(f"the list of job {lease.job_id}")
    introduction = Introduction(
        name=request.name,
        info=request.info,
        category=request.category,
        concept_id=request.concept_id,
        photo=photo,
        list_id=lease.list_id,
    )
    try:
        remembered = engine.remember(session, lease.address.actor, introduction)
    except UnknownConcept as error:
        # It was forgotten while the job waited. A person knows it by its name, not by its id.
        raise UnknownConcept(request.name) from error
    reply = Draft(_told(session, lease, request, remembered), remembered.photo)
    questions = [_face_question(remembered)] if remembered.asks_for_face else []
    return Outcome([reply, *questions], remembered.to_json())


def _told(
    session: Session, lease: Lease, request: RememberRequest, remembered: Remembered
) -> Content:
    """Say that it is done, and in which list if that is a family's: people choose it beforehand."""
    notice = "remembered" if request.concept_id is None else "view_added"
    if lease.address.group_id is not None and request.concept_id is None:
        return Content(notice="group.remembered", params={"name": remembered.name})
    title = family_with(session, lease.address.actor, remembered.concept_id)
    if title is None:
        return Content(notice=notice, params={"name": remembered.name})
    return Content(notice=f"{notice}_in", params={"name": remembered.name, "title": title})


def _face_question(remembered: Remembered) -> Draft:
    """Ask on whose word a face may be kept. The buttons are `bot.handlers.faces`'s."""
    buttons = tuple(
        Button(label=action, data=f"{action}:{remembered.concept_id}")
        for action in ("face_agree", "face_decline")
    )
    params = {"name": remembered.name}
    return Draft(Content(notice="face_question", params=params, buttons=buttons))
