"""What a list holds, and what it may hold at most."""

from dataclasses import dataclass
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config import Settings
from rap_engine.errors import QuotaExceeded
from rap_engine.memory.tables import Concept, ConceptList, View

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Held:
    """What there is in a list, or may be. Bytes are those of all photos.

    Forgotten concepts do not count, but their photos do until they are erased.
    """

    concepts: int
    photo_bytes: int

    @property
    def mb(self) -> int:
        """Megabytes of photos, rounded up."""
        return ceil(self.photo_bytes / MB)


def held_in(session: Session, list_id: int) -> Held:
    """Return what is in a list, as far as the person sees it."""
    concepts = (
        select(func.count())
        .where(Concept.list_id == list_id, Concept.forgotten_at.is_(None))
        .scalar_subquery()
    )
    # The length of a photo is known without reading it.
    size = func.octet_length(View.photo) + func.coalesce(func.octet_length(View.scene), 0)
    photo_bytes = (
        select(func.coalesce(func.sum(size), 0)).where(View.list_id == list_id).scalar_subquery()
    )
    row = session.execute(select(concepts, photo_bytes)).one()
    return Held(row[0], int(row[1]))


def most_held(session: Session, settings: Settings, list_id: int) -> Held:
    """Return what a list may hold: what an admin said of it, or else the settings."""
    own = session.execute(
        select(ConceptList.most_concepts, ConceptList.most_bytes).where(ConceptList.id == list_id)
    ).one_or_none()
    concepts, photo_bytes = own if own is not None else (None, None)
    return Held(
        settings.most_concepts if concepts is None else concepts,
        settings.most_storage_mb * MB if photo_bytes is None else photo_bytes,
    )


def check_room(
    session: Session, settings: Settings, list_id: int, concepts: int = 1, photo_bytes: int = 0
) -> None:
    """See to it that a list has room for some more concepts, and for their photos.

    Two who add at the same moment may both find the last place free: quotas keep a list from
    growing without end, they are not exact.

    Raises:
        QuotaExceeded: `concepts`, or `storage`.
    """
    held, most = held_in(session, list_id), most_held(session, settings, list_id)
    if concepts and held.concepts + concepts > most.concepts:
        raise QuotaExceeded("concepts", most=str(most.concepts))
    if photo_bytes and held.photo_bytes + photo_bytes > most.photo_bytes:
        raise QuotaExceeded("storage", most=str(most.mb))
