"""A source's files: found inside its folder, looked at cheaply, and what is wrong told."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from rap_engine import images
from rap_engine.errors import BadPhoto
from rap_engine.training.errors import BadSource
from rap_engine.training.skips import Skips

_HEADER_BYTES: Final = (1 << 12, 1 << 16)
"""How much of a file is read at first, and then: a header seldom has more to say."""


@dataclass(frozen=True, slots=True)
class PhotoFile:
    """A photo whose header was read, and no more. Sides in px."""

    path: Path
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PhotoFinder:
    """Finds a source's photos, and notes those that cannot be used."""

    source: str
    skips: Skips

    def find(
        self, folder: Path, said: object, where: str, *, is_crop: bool = False
    ) -> PhotoFile | None:
        """Return a photo; None, and a note, where it is missing or cannot be read.

        Args:
            folder: what the path is relative to; it may not lead out of it.
            said: the path, as an annotation says it.
            where: in which annotation, for the note.
            is_crop: a crop may be smaller than a photo.
        """
        try:
            path = inside(folder, said)
        except ValueError as error:
            self.skips.note(self.source, "broken_annotation", where, str(error))
            return None
        return self.look(path, is_crop=is_crop)

    def look(self, path: Path, *, is_crop: bool = False) -> PhotoFile | None:
        """Return a photo by its path; None, and a note, where it cannot be used."""
        try:
            header = _header(path)
        except FileNotFoundError:
            self.skips.note(self.source, "missing_file", str(path))
        except BadPhoto as error:
            if is_crop and error.reason == "too_small":
                return PhotoFile(path, 0, 0)
            self.skips.note(self.source, "unreadable_photo", str(path), error.reason)
        except OSError as error:
            self.skips.note(self.source, "unreadable_photo", str(path), str(error.strerror))
        else:
            return PhotoFile(path, header.width, header.height)
        return None


def inside(folder: Path, said: object) -> Path:
    """Return a path of an annotation within the folder that it is relative to.

    Links are followed, for large data sets are often linked into place.

    Raises:
        ValueError: it leads out of the folder, or is no path.
    """
    if not isinstance(said, str) or not said or "\0" in said:
        raise ValueError(f"no path: {said!r}")
    path = PurePosixPath(said)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(f"leads out of the folder: {said!r}")
    return folder / path


def first_of(folder: Path, *candidates: str) -> Path:
    """Return the first of the files and folders that is there.

    Raises:
        BadSource: none is.
    """
    for candidate in candidates:
        if (folder / candidate).exists():
            return folder / candidate
    raise BadSource(f"{folder}: there is no {' and no '.join(candidates)}")


def _header(path: Path) -> images.PhotoHeader:
    # A pipe among the photos would be waited for without end.
    if path.exists() and not path.is_file():
        raise BadPhoto("broken")
    with path.open("rb") as stream:
        content = b""
        for enough in _HEADER_BYTES:
            content += stream.read(enough - len(content))
            try:
                return images.inspect(content)
            except BadPhoto:
                continue
        # Some formats are only known as a whole; and what is wrong is told of the whole file.
        return images.inspect(content + stream.read(images.MOST_BYTES + 1 - len(content)))
