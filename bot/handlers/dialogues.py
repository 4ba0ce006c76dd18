"""What the bot waits for in a chat: the missing parts of an introduction."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bot.handlers.tables import Dialogue
from workers.jobs.values import Address

EXPIRES_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Introducing:
    """An introduction so far. `taken_by`: the concept that has the name already."""

    name: str = ""
    info: str = ""
    upload_id: int | None = None
    taken_by: int | None = None

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
    """Wait for what is missing."""
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


def close(session: Session, address: Address) -> bool:
    """Stop waiting; False if nothing was waited for."""
    closed = session.execute(delete(Dialogue).where(*_of(address)).returning(Dialogue.updated_at))
    return closed.first() is not None


def purge(session: Session) -> None:
    """Erase dialogues that nobody goes on with."""
    session.execute(delete(Dialogue).where(Dialogue.updated_at < func.now() - EXPIRES_AFTER))


def _of(address: Address) -> tuple[ColumnElement[bool], ...]:
    return (
        Dialogue.channel == address.channel,
        Dialogue.chat_id == address.chat_id,
        Dialogue.user_id == address.user_id,
    )
