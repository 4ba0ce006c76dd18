"""Records of others, kept only with all of their photos, which are then named by absolute paths."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rap_engine.training.records import BadRecord, Record
from rap_engine.training.records.reading import Told
from rap_engine.training.skips import Skips
from rap_engine.training.sources.files import PhotoFinder, inside


def told_by(skips: Skips, source: str) -> Told:
    """Return what notes a broken record of a source."""
    return lambda where, detail: skips.note(source, "broken_record", where, detail)


def with_photos(
    record: Record,
    finder: PhotoFinder,
    folder: Path,
    where: str,
    place: Callable[[Path, str], Path] = inside,
) -> Record | None:
    """Return a record with absolute paths; None, and a note, where one of its photos is unusable.

    Args:
        record: with paths relative to the folder.
        finder: looks at the photos.
        folder: where they lie.
        where: the record stands, for the note.
        place: finds a path's place in the folder; raises ValueError where it may not lead there.
    """
    said = [reference.crop for reference in record.references]
    if record.image is not None:
        said.append(record.image)
    paths: dict[str, str] = {}
    for each in said:
        try:
            path = place(folder, each)
        except ValueError as error:
            finder.skips.note(finder.source, "broken_record", where, str(error))
            return None
        if finder.look(path, is_crop=each != record.image) is None:
            return None
        paths[each] = str(path.absolute())
    try:
        return replace(
            record,
            image=None if record.image is None else paths[record.image],
            references=tuple(replace(each, crop=paths[each.crop]) for each in record.references),
        )
    except BadRecord as error:
        # Two ways to write one path.
        finder.skips.note(finder.source, "broken_record", where, str(error))
        return None
