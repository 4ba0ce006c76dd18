"""Scenes on disk between two looks at them: a source is read once, however often it is used."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rap_engine.checkpoints.files import disk_full_told
from rap_engine.training.scene import Instance, Scene
from rap_engine.types import Box


class Spool:
    """One source's scenes, a line each. Gone when its block ends."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.count = 0

    def __enter__(self) -> Self:
        self._stream = self._file.open("w", encoding="utf-8")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.close()
        self._file.unlink(missing_ok=True)

    def add(self, scene: Scene) -> None:
        """Keep a scene.

        Raises:
            DiskFull: there is no room for it.
        """
        said = {**asdict(scene), "photo": str(scene.photo)}
        with disk_full_told():
            self._stream.write(json.dumps(said) + "\n")
        self.count += 1

    def scenes(self) -> Iterator[Scene]:
        """Yield all scenes in their order."""
        with disk_full_told():
            self._stream.flush()
        with self._file.open(encoding="utf-8") as stream:
            for line in stream:
                yield _scene(json.loads(line))


def _scene(said: dict[str, Any]) -> Scene:
    instances = tuple(
        Instance(**{**each, "box": Box(**each["box"]), "phrases": tuple(each["phrases"])})
        for each in said["instances"]
    )
    captions = tuple(said["captions"])
    return Scene(said["id"], Path(said["photo"]), instances, captions, said["is_introduction"])
