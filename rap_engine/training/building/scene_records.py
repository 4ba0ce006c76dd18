"""Records of scenes: which kind of each, and what a maker makes of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from rap_engine.training.annotators import NoAnnotation
from rap_engine.training.building.mixing import Mix, passes, spread
from rap_engine.training.building.spool import Spool
from rap_engine.training.chance import chance
from rap_engine.training.makers import MAKERS, Made, PhotoLost, Stage
from rap_engine.training.records import Kind, Record
from rap_engine.training.scene import Scene
from rap_engine.training.skips import Skips

StageOf = Callable[[str, Scene, Random], Stage]
"""Returns what a maker works with: source, scene, and the record's chance."""


@dataclass(frozen=True, slots=True)
class Take:
    """One source's scenes, and how many records of them are wanted; None: one of each."""

    source: str
    spool: Spool
    most: int | None

    @property
    def passes(self) -> Sequence[int]:
        """How many scenes each pass uses."""
        return passes(self.spool.count, self.most)

    @property
    def wanted(self) -> int:
        """How many records there are to be."""
        return sum(self.passes)


@dataclass(slots=True)
class SceneRecords:
    """Makes the records of all takes, one after the other.

    Attributes:
        takes: What to use.
        weights: Of the kinds that are made of scenes.
        stage_of: Sets the stage.
        skips: Told of what cannot be used.
        seed: Of all chance.
    """

    takes: Sequence[Take]
    weights: Mapping[Kind, float]
    stage_of: StageOf
    skips: Skips
    seed: int
    _lost: set[Path] = field(default_factory=set)

    @property
    def wanted(self) -> int:
        """How many records there are to be, at most."""
        return sum(take.wanted for take in self.takes) if self.weights else 0

    def records(self) -> Iterator[Record]:
        """Yield the records."""
        mix = Mix(self.weights, self.wanted)
        for take in self.takes if self.weights else ():
            for number, wanted in enumerate(take.passes):
                rng = chance(self.seed, take.source, "pass", number)
                for scene in spread(take.spool.scenes(), take.spool.count, wanted, rng):
                    record = self._record(take.source, scene, number, mix)
                    if record is not None:
                        mix.took(record.kind)
                        yield record

    def _record(self, source: str, scene: Scene, number: int, mix: Mix) -> Record | None:
        if scene.photo in self._lost:
            return None
        order = mix.order(chance(self.seed, source, scene.id, number))
        try:
            for kind in order:
                made = self._made(source, scene, kind, number)
                if made is not None:
                    record_id = f"{source}/{scene.id}/{kind}-{number}"
                    return Record(record_id, kind, made.image, made.conversation, made.references)
        except PhotoLost as error:
            self._lost.add(error.photo)
            self.skips.note(source, error.reason, str(error.photo), error.detail)
        return None

    def _made(self, source: str, scene: Scene, kind: Kind, number: int) -> Made | None:
        stage = self.stage_of(source, scene, chance(self.seed, source, scene.id, number, kind))
        # A photo that only its words would need is looked at too: somebody must read the record.
        stage.casting.crops.photo(scene.photo)
        try:
            return MAKERS[kind](stage)
        except NoAnnotation as error:
            where = f"{scene.photo}#{kind}"
            self.skips.note(source, "no_annotation", where, str(error))
            return None
