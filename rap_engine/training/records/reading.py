"""Records in files of others: one JSON array (RAP-260K, LLaVA-Instruct), or JSON lines."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from rap_engine.training.records.json_stream import BrokenJson, read_array
from rap_engine.training.records.record import BadRecord, Record

Told = Callable[[str, str], None]
"""Is told of what is passed over: where (`path#number`), and what is wrong with it."""
_LONGEST_LINE_BYTES: Final = 1 << 24


def read_records(
    file: Path, told: Told, prepare: Callable[[int, Any], Any] = lambda _number, entry: entry
) -> Iterator[tuple[str, Record]]:
    """Yield a file's records in its order, each with where it stands; one at a time in memory.

    Args:
        file: JSON lines, or one JSON array.
        told: of what is no record. Behind a fault in an array's JSON nothing can be read any more.
        prepare: makes RAP's JSON of an entry and its number, and may raise `BadRecord`.

    Raises:
        OSError: the file cannot be opened.
    """
    for number, entry in read_entries(file, told):
        where = f"{file}#{number}"
        try:
            record = Record.from_json(prepare(number, entry))
        except BadRecord as error:
            told(where, str(error))
        else:
            yield where, record


def read_entries(file: Path, told: Told) -> Iterator[tuple[int, Any]]:
    """Yield a file's JSON values with their numbers: lines count from 1, entries from 0."""
    return _array(file, told) if _is_array(file) else _lines(file, told)


def _is_array(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(1 << 12).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"["


def _array(file: Path, told: Told) -> Iterator[tuple[int, Any]]:
    reached = 0
    try:
        for entry in read_array(file):
            yield reached, entry
            reached += 1
    except BrokenJson as error:
        told(f"{file}#{reached}", str(error))


def _lines(file: Path, told: Told) -> Iterator[tuple[int, Any]]:
    with file.open("rb") as stream:
        number = 0
        while line := stream.readline(_LONGEST_LINE_BYTES):
            number += 1
            if line.isspace():
                continue
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                told(f"{file}#{number}", str(error))
