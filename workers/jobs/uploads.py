"""Photos as they were sent, kept until the work that needs them is done."""

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from rap_engine.memory.conversations import PAUSE
from workers.jobs.errors import UploadGone
from workers.jobs.tables import Job, Upload
from workers.jobs.values import Address


def keep_upload(session: Session, user_id: int, content: bytes) -> int:
    """Keep a photo as it was sent, and return its id."""
    upload = Upload(user_id=user_id, content=content)
    session.add(upload)
    session.flush()
    return upload.id


def has_upload(session: Session, upload_id: int) -> bool:
    """Say whether a photo is still kept."""
    return session.scalar(select(Upload.id).where(Upload.id == upload_id)) is not None


def read_upload(session: Session, user_id: int, upload_id: int) -> bytes:
    """Return a kept photo of a person's. A worker has the system's rights, so it says whose.

    Raises:
        UploadGone: it was erased in the meantime, or never theirs.
    """
    kept = (Upload.id == upload_id, Upload.user_id == user_id)
    content = session.scalar(select(Upload.content).where(*kept))
    if content is None:
        raise UploadGone(f"upload {upload_id}")
    return content


def drop_upload(session: Session, upload_id: int) -> None:
    """Erase a photo that nobody asks for any more, unless a job has it."""
    in_use = exists().where(Job.upload_id == upload_id)
    session.execute(delete(Upload).where(Upload.id == upload_id, ~in_use))


def earlier_photo(session: Session, address: Address) -> bytes | None:
    """Return the photo that was last asked about in this conversation, as it was sent.

    In a group that is any member's: all of them have it before their eyes.
    """
    group_id = address.group_id
    is_own = Job.user_id == address.user_id if group_id is None else Job.list_id == group_id
    return session.scalar(
        select(Upload.content)
        .join(Job, Job.upload_id == Upload.id)
        .where(
            is_own,
            Job.channel == address.channel,
            Job.chat_id == address.chat_id,
            Job.kind == "answer",
            Job.state == "done",
            Job.created_at > func.now() - PAUSE,
        )
        .order_by(Job.id.desc())
        .limit(1)
    )
