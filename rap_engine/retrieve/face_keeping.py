"""Remember by the face: the face keys of a concept's views, once that was agreed to."""

import re
from collections.abc import Collection
from typing import Final

from sqlalchemy.orm import Session

from rap_engine.faces import FaceReader
from rap_engine.images import open_kept
from rap_engine.memory.faces import add_face_keys, views_without_face_key

_ANIMALS: Final = frozenset(
    {
        *("animal", "bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "pet"),
        *("sheep", "teddy", "zebra"),
    }
)
_WORD: Final = re.compile(r"\w+")


def keep_or_ask(
    session: Session, lists: Collection[int], concept_id: int, said_of_it: str, reader: FaceReader
) -> bool:
    """Keep the face keys of a concept that was agreed to; True if that has yet to be asked.

    Args:
        session: acting for the person who remembers.
        lists: the concept lists that the person sees.
        concept_id: the concept, a view of which shows a face.
        said_of_it: the detector's label and the category. What they call an animal has no face key,
            whoever holds it in their arms.
        reader: the face models.

    Raises:
        UnknownConcept: the person may not change such a concept, or it was forgotten.
    """
    if not _ANIMALS.isdisjoint(_WORD.findall(said_of_it.casefold())):
        return False
    return keep_face_keys(session, lists, concept_id, reader) is None


def keep_face_keys(
    session: Session, lists: Collection[int], concept_id: int, reader: FaceReader
) -> int | None:
    """Give each view of an agreed concept that shows a face plainly its face key.

    Nothing is computed of a concept that was not agreed to.

    Returns:
        How many face keys the concept has now; None if there is no agreement, or none any longer.

    Raises:
        UnknownConcept: the person may not change such a concept, or it was forgotten.
    """
    photos = views_without_face_key(session, lists, concept_id, reader.encoder.name)
    keys = {view_id: reader.key_of(open_kept(photo)) for view_id, photo in photos.items()}
    found = {view_id: key for view_id, key in keys.items() if key is not None}
    return add_face_keys(session, lists, concept_id, reader.encoder.name, found)
