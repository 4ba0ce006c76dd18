"""LLaVA-Instruct: the instructions that LLaVA-1.5 was tuned with, so that it keeps what it knows.

`llava_v1_5_mix665k.json` (huggingface.co/datasets/liuhaotian/LLaVA-Instruct-150K) is one array of
600 thousand conversations, streamed; photos are named relative to its folder
(`coco/train2017/000000033471.jpg`), and words alone have none. Records have no references.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rap_engine.training.records import BadRecord, Record
from rap_engine.training.records.reading import read_records
from rap_engine.training.skips import Skips
from rap_engine.training.sources.files import PhotoFinder, first_of
from rap_engine.training.sources.photographed import told_by, with_photos

_FILES = ("llava_v1_5_mix665k.json", "llava_instruct_150k.json", "llava_instruct_80k.json")


class LlavaInstruct:
    """Records of LLaVA-Instruct, which has no splits. Ids are made: the file's are not unique."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._file = first_of(folder, *_FILES)

    def records(self, skips: Skips) -> Iterator[Record]:
        """Yield the conversations whose photo is there, in the order of the file."""
        finder = PhotoFinder(self.name, skips)
        told = told_by(skips, self.name)
        for where, record in read_records(self._file, told, self._prepared):
            if kept := with_photos(record, finder, self._folder, where):
                yield kept

    def _prepared(self, number: int, entry: Any) -> dict[str, Any]:
        if not isinstance(entry, dict):
            raise BadRecord("no record, but something else")
        kept = {key: entry[key] for key in ("image", "conversations") if key in entry}
        return {**kept, "id": f"{self.name}-{number}", "type": "instruction"}
