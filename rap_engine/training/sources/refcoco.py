"""RefCOCO, RefCOCO+ and RefCOCOg: what people called individuals in COCO's photos.

Published by their makers (github.com/lichengunc/refer) as a folder for each, with `instances.json`
in COCO's form and `refs(unc).p`, `refs(google).p` or `refs(umd).p`. The latter is a pickle, which
runs code of whoever wrote it and is never opened here. Turn one that you trust into JSON:

```
python -c "import json, pickle; json.dump(pickle.load(open('refs(unc).p', 'rb')),
                                          open('refs(unc).json', 'w'))"
```

gRefCOCO (github.com/henghuiding/gRefCOCO) is published with `grefs(unc).json`: JSON from the start,
read as well. Its expressions for several individuals, or for none, are passed over.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rap_engine.training.errors import BadSource
from rap_engine.training.records.json_stream import BrokenJson, read_array
from rap_engine.training.scene import Instance, Scene
from rap_engine.training.skips import Skips
from rap_engine.training.sources.coco import CocoBox, CocoImage, CocoIndex
from rap_engine.training.sources.files import PhotoFinder, first_of

_PHOTOS = ("train2014", "images/train2014", "../train2014", "../images/train2014")
_PHOTOS_OF_REFER = "../images/mscoco/images/train2014"


class RefCoco:
    """The individuals that were referred to; each is in one photo only, so has no identity."""

    def __init__(self, name: str, folder: Path, split: str) -> None:
        self.name = name
        self._split = split
        self._instances = first_of(folder, "instances.json")
        self._photos = first_of(folder, *_PHOTOS, _PHOTOS_OF_REFER)
        self._refs = _refs_file(folder)

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield the photos with someone whom an expression of the split is about."""
        phrases = self._phrases(skips)
        finder = PhotoFinder(self.name, skips)
        for image, boxes in CocoIndex.read(self._instances, self.name, skips).photos():
            meant = [(box, phrases.pop(box.id)) for box in boxes if box.id in phrases]
            if meant and (scene := self._scene(finder, image, meant)):
                yield scene
        for annotation in phrases:
            skips.note(
                self.name,
                "broken_annotation",
                f"{self._refs}#annotation {annotation}",
                "has no box",
            )

    def _scene(
        self, finder: PhotoFinder, image: CocoImage, meant: list[tuple[CocoBox, list[str]]]
    ) -> Scene | None:
        photo = finder.find(self._photos, image.file_name, f"{self._instances}#image {image.id}")
        if photo is None:
            return None
        instances = tuple(
            Instance(box.box, box.category, phrases=tuple(phrases)) for box, phrases in meant
        )
        return Scene(str(image.id), photo.path, instances)

    def _phrases(self, skips: Skips) -> dict[int, list[str]]:
        """Return what is said of each annotation in this split; 50 thousand of them fit easily."""
        phrases: defaultdict[int, list[str]] = defaultdict(list)
        number = 0
        try:
            for number, ref in enumerate(read_array(self._refs)):
                try:
                    meant, said = _meant(ref), [str(s["sent"]) for s in ref["sentences"]]
                    is_ours = ref["split"] == self._split
                except (KeyError, TypeError, ValueError) as error:
                    where = f"{self._refs}#{number}"
                    skips.note(self.name, "broken_annotation", where, repr(error))
                    continue
                if meant is not None and is_ours:
                    phrases[meant].extend(dict.fromkeys(said))
        except BrokenJson as error:
            skips.note(self.name, "broken_annotation", f"{self._refs}#{number}", str(error))
        return phrases


def _meant(ref: Mapping[str, Any]) -> int | None:
    """Return the annotation that is meant; None where it is several (gRefCOCO), or none."""
    meant = ref["ann_id"]
    if not isinstance(meant, list):
        return int(meant)
    return int(meant[0]) if len(meant) == 1 and int(meant[0]) >= 0 else None


def _refs_file(folder: Path) -> Path:
    found = sorted(folder.glob("refs(*).json")) or sorted(folder.glob("grefs(*).json"))
    if len(found) > 1:
        raise BadSource(f"{folder}: leave one of {', '.join(file.name for file in found)}")
    if found:
        return found[0]
    pickles = ", ".join(file.name for file in sorted(folder.glob("refs(*).p")))
    hint = f"; {pickles} is a pickle, which is never opened: turn it into JSON" if pickles else ""
    raise BadSource(f"{folder}: there is no refs(unc).json, refs(google).json or such{hint}")
