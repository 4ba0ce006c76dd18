"""What the bot waits for in a chat: the missing parts of an introduction, or a better photo."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.handlers.tables import Dialogue
from rap_engine.memory.conversations import PAUSE
from workers.jobs.tables import Job
from workers.jobs.uploads import drop_upload
from workers.jobs.values import Address

EXPIRES_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Introducing:
    """An introduction so far.

    `taken_by` is the concept that has the name already; `job_id` the job that the introduction was
    handed over to, after which the bot waits for nothing unless that job fails.
    """

    name: str = ""
    info: str = ""
    upload_id: int | None = None
    taken_by: int | None = None
    job_id: int | None = None

    @property
    def wants_photo(self) -> bool:
        """Whether the photo is missing."""
        return self.upload_id is None

    @property
    def wants_name(self) -> bool:
        """Whether the name is missing."""
        return not self.name


def read(session: Session, address: Address) -> Introducing | None:
    """Return what the bot waits for, or None."""
    state = session.scalar(
        select(Dialogue.state).where(
            *_of(address), Dialogue.updated_at > func.now() - EXPIRES_AFTER
        )
    )
    return None if state is None else Introducing(**state)


def write(session: Session, address: Address, introducing: Introducing) -> None:
    """Wait for what is missing. A photo that this takes the place of is not kept."""
    _drop_photo(session, address, introducing.upload_id)
    state = asdict(introducing)
    session.execute(
        insert(Dialogue)
        .values(
            channel=address.channel,
            chat_id=address.chat_id,
            user_id=address.user_id,
            state=state,
        )
        .on_conflict_do_update(
            index_elements=["channel", "chat_id", "user_id"],
            set_={"state": state, "updated_at": func.now()},
        )
    )


def job_state(session: Session, introducing: Introducing) -> str | None:
    """Return the state of the job that an introduction was handed over to.

    None if there is no such job, or if it ended so long ago that nobody has it in mind any more.
    """
    is_recent = or_(Job.finished_at.is_(None), Job.finished_at > func.now() - PAUSE)
    return session.scalar(select(Job.state).where(Job.id == introducing.job_id, is_recent))


def close(session: Session, address: Address) -> bool:
    """Stop waiting; False if nothing was waited for."""
    _drop_photo(session, address, None)
    closed = session.execute(delete(Dialogue).where(*_of(address)).returning(Dialogue.updated_at))
    return closed.first() is not None


def purge(session: Session) -> None:
    """Erase dialogues that nobody goes on with."""
    session.execute(delete(Dialogue).where(Dialogue.updated_at < func.now() - EXPIRES_AFTER))


def _drop_photo(session: Session, address: Address, kept_id: int | None) -> None:
    """Erase the photo of the dialogue as it was, unless it is kept or a job has it."""
    was = session.scalar(select(Dialogue.state["upload_id"].as_integer()).where(*_of(address)))
    if was is not None and was != kept_id:
        drop_upload(session, was)


def _of(address: Address) -> tuple[ColumnElement[bool], ...]:
    return (
        Dialogue.channel == address.channel,
        Dialogue.chat_id == address.chat_id,
        Dialogue.user_id == address.user_id,
    )
