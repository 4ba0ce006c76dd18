"""Face: the views of somebody who agreed get face keys."""

from sqlalchemy.orm import Session

from rap_engine.engine import Engine
from rap_engine.errors import UnknownConcept
from rap_engine.memory import acting_as
from rap_engine.memory.people import visible_lists
from rap_engine.retrieve.face_keeping import keep_face_keys
from workers.jobs.values import Content, Draft, FaceRequest, Lease
from workers.runner import Outcome


def face(session: Session, engine: Engine, lease: Lease, _photo: bytes | None) -> Outcome:
    """Keep face keys of all views, and say whether there was a face to keep.

    Nothing is said where the agreement was taken back, or the concept forgotten, while the job
    waited: who did that knows.
    """
    request = FaceRequest(**lease.payload)
    if engine.faces is None:
        return _say("face_off", request)
    actor = lease.address.actor
    lists = visible_lists(session, actor)
    try:
        with acting_as(session, actor):
            kept = keep_face_keys(session, lists, request.concept_id, engine.faces)
    except UnknownConcept:
        return Outcome()
    if kept is None:
        return Outcome()
    return _say("face_kept" if kept else "face_not_found", request)


def _say(notice: str, request: FaceRequest) -> Outcome:
    return Outcome([Draft(Content(notice=notice, params={"name": request.name}))])
