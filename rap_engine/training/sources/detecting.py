"""Boxes for photos that have none: where Remember would find who is introduced."""

from collections.abc import Iterator
from dataclasses import replace

from rap_engine import images
from rap_engine.detect import Detector, propose
from rap_engine.errors import BadPhoto
from rap_engine.retrieve.study import pick_region
from rap_engine.training.scene import Instance, Scene, SceneSource
from rap_engine.training.skips import Skips
from rap_engine.types import Box


class Detecting:
    """A source's scenes. Where a photo as a whole is somebody's box, a detector looks for them.

    References are then cut as close as those that answers are given with.
    """

    def __init__(self, source: SceneSource, detector: Detector) -> None:
        self.name = source.name
        self._source = source
        self._detector = detector

    def scenes(self, skips: Skips) -> Iterator[Scene]:
        """Yield the source's scenes in its order; raises what it raises."""
        for scene in self._source.scenes(skips):
            alone = scene.instances[0] if len(scene.instances) == 1 else None
            if alone is None or alone.box != Box.whole():
                yield scene
            else:
                yield replace(scene, instances=(self._found(scene, alone),))

    def _found(self, scene: Scene, instance: Instance) -> Instance:
        try:
            photo = images.open_photo(scene.photo.read_bytes())
        except (OSError, BadPhoto):
            # Whoever crops it notes that it is lost.
            return instance
        category = instance.category
        regions = propose(self._detector, photo, [category] if category else [])
        region = pick_region(regions, category, instance.info)
        return replace(instance, box=region.box, is_detected=region.is_detection)
