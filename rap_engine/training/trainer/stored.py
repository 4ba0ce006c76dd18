"""Lessons on disk: written in one pass over the records, read back one by one.

Tokens lie in one file after each other, so a run of a quarter of a million records keeps none in
memory, and one that goes on after a kill does not tokenize again.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from config.logs import get_logger
from rap_engine.errors import BadPhoto
from rap_engine.training.errors import TrainingError
from rap_engine.training.records import Record, Records
from rap_engine.training.trainer.dialogue import pictures_of
from rap_engine.training.trainer.lessons import (
    Fitted,
    LeftOut,
    Lesson,
    LessonWriter,
    with_references,
)
from rap_engine.training.trainer.results import Counts

_TOKENS, _SPANS, _ROWS, _ABOUT = "tokens.bin", "spans.npy", "rows.npy", "about.json"
_ROW: Final = np.dtype(
    [
        ("record", "<i8"),
        ("start", "<i8"),
        ("tokens", "<i4"),
        ("span", "<i8"),
        ("spans", "<i4"),
        ("kept", "<u8"),
        ("photo", "<u8"),
    ]
)
_MOST_TOLD: Final = 20
_TOLD_EVERY: Final = 64
_log = get_logger(__name__)


class StoredLessons:
    """Lessons that were written before."""

    def __init__(self, folder: Path, records: Records, counts: Counts) -> None:
        self.counts = counts
        self._records = records
        self._rows: NDArray[Any] = np.load(folder / _ROWS, allow_pickle=False)
        self._spans: NDArray[Any] = np.load(folder / _SPANS, allow_pickle=False)
        self._tokens: NDArray[Any] = np.memmap(folder / _TOKENS, dtype="<i4", mode="r")
        self.lengths: list[int] = self._rows["tokens"].tolist()
        self.photos: list[int] = self._rows["photo"].tolist()

    def __len__(self) -> int:
        return len(self._rows)

    def lesson(self, at: int) -> Lesson:
        """Return a lesson."""
        row = self._rows[at]
        tokens = self._tokens[row["start"] : row["start"] + row["tokens"]]
        spans = self._spans[row["span"] : row["span"] + row["spans"]]
        return Lesson(tuple(tokens.tolist()), tuple(map(tuple, spans.tolist())))

    def record(self, at: int) -> Record:
        """Return the record that a lesson is of, with the references that are in it."""
        row = self._rows[at]
        record = self._records[int(row["record"])]
        kept = [
            number for number in range(len(record.references)) if int(row["kept"]) >> number & 1
        ]
        return with_references(record, kept)

    @classmethod
    def read(cls, folder: Path, key: str, records: Records) -> Self | None:
        """Return what was written for this key; None if nothing was, or not to its end."""
        try:
            about = json.loads((folder / _ABOUT).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return cls(folder, records, Counts(**about["counts"])) if about["key"] == key else None

    @classmethod
    def write(
        cls,
        folder: Path,
        key: str,
        records: Records,
        fit: Callable[[Record], Fitted | LeftOut],
        on_record: Callable[[], None],
    ) -> Self:
        """Tokenize all records.

        Args:
            folder: where to.
            key: names all that decides what is written.
            records: of which.
            fit: makes a lesson of a record.
            on_record: called now and then; may raise to stop.

        Raises:
            TrainingError: no record became a lesson.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _ABOUT).unlink(missing_ok=True)
        counts = _write(folder, records, fit, on_record)
        if not counts.used:
            raise TrainingError(
                f"None of {counts.records} records can be trained on: {counts.too_long} are longer"
                f" than most_tokens, pictures of {counts.missing_pictures} are missing, and"
                f" {counts.says_nothing} say nothing of who is shown."
            )
        part = folder / f".{_ABOUT}.part"
        part.write_text(json.dumps({"key": key, "counts": asdict(counts)}), "utf-8")
        part.replace(folder / _ABOUT)
        return cls(folder, records, counts)


def _write(
    folder: Path,
    records: Records,
    fit: Callable[[Record], Fitted | LeftOut],
    on_record: Callable[[], None],
) -> Counts:
    lost: Counter[str] = Counter()
    rows: list[tuple[int, ...]] = []
    spans: list[tuple[int, int]] = []
    at = 0
    with (folder / _TOKENS).open("wb") as stream:
        for number, fitted in _fitted(records, fit, on_record, lost):
            lesson = fitted.lesson
            kept = sum(1 << one for one in fitted.kept)
            count = len(lesson.tokens)
            photo = photo_number(records[number])
            rows.append((number, at, count, len(spans), len(lesson.spans), kept, photo))
            spans += lesson.spans
            stream.write(np.asarray(lesson.tokens, "<i4").tobytes())
            at += count
            lost["shortened"] += fitted.is_shortened
    np.save(folder / _ROWS, np.array(rows, _ROW), allow_pickle=False)
    np.save(folder / _SPANS, np.array(spans, "<i4").reshape(-1, 2), allow_pickle=False)
    return Counts(
        records=len(records),
        used=len(rows),
        shortened=lost["shortened"],
        **{why.value: lost[why] for why in LeftOut},
    )


def _fitted(
    records: Records,
    fit: Callable[[Record], Fitted | LeftOut],
    on_record: Callable[[], None],
    lost: Counter[str],
) -> Iterator[tuple[int, Fitted]]:
    for number in range(len(records)):
        record = records[number]
        if number % _TOLD_EVERY == 0:
            on_record()
        try:
            fitted = fit(record)
        except (OSError, BadPhoto) as error:
            _note(lost, LeftOut.MISSING, record, str(error))
            continue
        if isinstance(fitted, LeftOut):
            _note(lost, fitted, record)
            continue
        yield number, fitted


def photo_number(record: Record) -> int:
    """Return a number for the photo; a record in words alone has one of its own."""
    name = record.id if record.image is None else record.image
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def _note(lost: Counter[str], why: LeftOut, record: Record, detail: str = "") -> None:
    lost[why] += 1
    if lost[why] <= _MOST_TOLD:
        _log.warning("record_left_out", why=why, record=record.id, detail=detail)


def writer_of(
    writer: LessonWriter, photos: Path, most_tokens: int
) -> Callable[[Record], Fitted | LeftOut]:
    """Return what makes a lesson of a record whose pictures are all there."""

    def fit(record: Record) -> Fitted | LeftOut:
        fitted = writer.fit(record, most_tokens)
        if isinstance(fitted, Fitted):
            for path in pictures_of(with_references(record, fitted.kept)):
                (photos / path).stat()
        return fitted

    return fit
