"""What people who agreed told, in a run's folder for as long as the run needs it."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TextIO

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config.logs import get_logger
from rap_engine.memory import Database
from rap_engine.memory.consent import (
    ConsentedView,
    are_consented,
    concepts_for_training,
    turns_for_training,
)
from rap_engine.memory.gist import gist_of
from rap_engine.training.sources.own import Exchange, OwnView, write_own
from workers.runs.folders import RunFolder

_IDS = "ids"
"""Numbers of the views whose photos lie there, a line each, written before the photo is."""
_COMPLETE = "complete"
_log = get_logger(__name__)


def write_consented(session: Session, folder: RunFolder) -> None:
    """Write all that may be trained on now, once a run; without anything there is no such folder.

    Raises:
        DiskFull: there is no room for it.
    """
    if (folder.consented / _COMPLETE).is_file():
        return
    folder.forget_consented()
    folder.consented.mkdir(mode=0o700)
    exchanges: dict[int, list[Exchange]] = defaultdict(list)
    for turn in turns_for_training(session):
        exchanges[turn.concept_id].append(Exchange(turn.question, turn.answer))
    with (folder.consented / _IDS).open("w", buffering=1) as ids:
        count = write_own(folder.consented, _views(session, exchanges, ids))
    if count:
        (folder.consented / _COMPLETE).touch()
    else:
        folder.forget_consented()


def _views(
    session: Session, exchanges: dict[int, list[Exchange]], ids: TextIO
) -> Iterator[OwnView]:
    for view in concepts_for_training(session):
        ids.write(f"{view.view_id}\n")
        # What was asked about a concept stands beside the first of its views.
        yield _own(view, tuple(exchanges.pop(view.concept_id, ())))


def still_agree(database: Database, folder: RunFolder) -> bool:
    """Say whether all whose photos lie in a run's folder still agree.

    With the database away nobody can withdraw: it is asked again at the next look.
    """
    try:
        with database.transaction() as session:
            return all_agree(session, folder)
    except SQLAlchemyError as error:
        _log.warning("consent_not_read", run_id=folder.run_id, error=gist_of(error))
        return True


def all_agree(session: Session, folder: RunFolder) -> bool:
    """Say the same inside a transaction, whose errors are its own."""
    if not folder.consented.is_dir():
        return True
    try:
        ids = [int(line) for line in (folder.consented / _IDS).read_text().split()]
    except (OSError, ValueError):
        return False  # it was being written when its trainer was killed
    return are_consented(session, ids)


def _own(view: ConsentedView, exchanges: tuple[Exchange, ...]) -> OwnView:
    return OwnView(
        concept_id=view.concept_id,
        name=view.name,
        info=view.info,
        category=view.category,
        photo=view.photo,
        box=view.box,
        scene=view.scene,
        exchanges=exchanges,
    )
