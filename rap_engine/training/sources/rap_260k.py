"""RAP-260K: the records that RAP's authors published (huggingface.co/datasets/Hoar012/RAP-260K).

All of them are in `rap_train_260k.json`, a part for the smaller context of LLaVA in
`rap_train_210k.json`, and the kinds apart below `split`. Each file is one array, streamed. Photos
and crops are named relative to its folder (`refcoco/crop/94268_0.jpg`).

A record's `type` there is another word than our kind ("basic"). The files below `split` are named
for their kind, so they are read where they are; in the others the kind is guessed from the words.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from rap_engine.training.records import BadRecord, Kind, Record
from rap_engine.training.records.reading import read_records
from rap_engine.training.skips import Skips
from rap_engine.training.sources.files import PhotoFinder, first_of
from rap_engine.training.sources.photographed import told_by, with_photos

_KIND_OF_FILE: Final[dict[str, Kind]] = {
    "rap_grounding_100k.json": "grounding",
    "rap_recognition_40k.json": "recognition",
    "rap_caption_30k.json": "caption",
    "rap_description_7k.json": "description",
    "rap_qa_16k.json": "question",
    "llava_instruct_67k.json": "instruction",
}
_BOX = re.compile(r"\[\s*[\d.]+\s*,\s*[\d.]+\s*,\s*[\d.]+\s*,\s*[\d.]+\s*\]")
_YES_OR_NO = re.compile(r"(yes|no)\b", re.IGNORECASE)
_WHETHER_THERE = re.compile(r"\b(in|see|shown?|present|appears?)\b.*\b(image|photo|picture)", re.I)


class Rap260K:
    """RAP's own records. The split "train" is all; others name a file: `rap_SPLIT.json`."""

    def __init__(self, name: str, folder: Path, split: str) -> None:
        self.name = name
        self._folder = folder
        apart = [folder / "split" / file for file in _KIND_OF_FILE]
        self._files = [file for file in apart if file.is_file()] if split == "train" else []
        if not self._files:
            whole = "train_260k" if split == "train" else split
            self._files = [first_of(folder, f"rap_{whole}.json")]

    def records(self, skips: Skips) -> Iterator[Record]:
        """Yield the records whose photos are all there, file by file in their order."""
        finder = PhotoFinder(self.name, skips)
        told = told_by(skips, self.name)
        for file in self._files:
            for where, record in read_records(file, told, partial(self._prepared, file)):
                if kept := with_photos(record, finder, self._folder, where):
                    yield kept

    def _prepared(self, file: Path, number: int, entry: Any) -> dict[str, Any]:
        if not isinstance(entry, dict):
            raise BadRecord("no record, but something else")
        kind = _KIND_OF_FILE.get(file.name) or _guessed(entry)
        return {**entry, "id": f"{self.name}-{file.stem}-{number}", "type": kind}


def _guessed(entry: Mapping[str, Any]) -> Kind:
    """Tell a record's kind from what is said in it."""
    try:
        said = [str(each["value"]) for each in entry["conversations"]]
        question, answer = said[0].lower(), said[1]
    except (KeyError, TypeError, IndexError) as error:
        raise BadRecord(f"without a question and an answer: {error!r}") from error
    if not entry.get("extra"):
        return "instruction"
    if any(_BOX.search(each) for each in said):
        return "grounding"
    if _YES_OR_NO.match(answer) and _WHETHER_THERE.search(question):
        return "recognition"
    if "caption" in question:
        return "caption"
    return "description" if "descri" in question else "question"
