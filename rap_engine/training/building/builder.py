"""The steps of a build: who there is, what is made of them, and what is written."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from rap_engine.encode import Encoder
from rap_engine.training.building.likeness import Likeness
from rap_engine.training.building.passing import Check, Passing
from rap_engine.training.building.scene_records import SceneRecords, StageOf, Take
from rap_engine.training.building.spool import Spool
from rap_engine.training.errors import TrainingError
from rap_engine.training.kinds import KINDS
from rap_engine.training.makers import MAKERS, Crops, PhotoLost
from rap_engine.training.plan import RecordsPlan
from rap_engine.training.pool.gathering import PoolBuilder
from rap_engine.training.pool.negatives import Negatives
from rap_engine.training.pool.pool import Pool
from rap_engine.training.records import Kind, Manifest, ShardWriter
from rap_engine.training.scene import SceneSource
from rap_engine.training.skips import Skips
from rap_engine.training.sources import RecordSource

Progress = Callable[[int, int], None]
"""Told how many records are made, and how many there will be at most."""


@dataclass(frozen=True, slots=True)
class Supply:
    """A source, and how many records to make of it at most.

    More than it has scenes: each is used again, with other names, crops and noise. None: each scene
    is used once. `detector` names what found its boxes, if one did.
    """

    source: SceneSource | RecordSource
    most: int | None = None
    detector: str | None = None


@dataclass(frozen=True, slots=True)
class Builder:
    """A build's steps, and what they have in common."""

    plan: RecordsPlan
    folder: Path
    sources: Sequence[Supply]
    crops: Crops
    skips: Skips
    check: Check
    seed: int

    @property
    def weights(self) -> dict[Kind, float]:
        """What is to be made, in the order of `KINDS`, whatever the plan's is."""
        return {kind: weight for kind in KINDS if (weight := self.plan.kinds.get(kind))}

    def first_look(self, opened: ExitStack) -> tuple[list[Take], Pool]:
        """Read all scenes once: onto disk until `opened` is closed, and into the pool."""
        takes = []
        pool = PoolBuilder(self.seed)
        for number, supply in enumerate(self.sources):
            source = supply.source
            if not isinstance(source, SceneSource):
                continue
            spool = opened.enter_context(Spool(self.folder / f"scenes-{number:02d}.part"))
            for scene in source.scenes(self.skips):
                self.check()
                spool.add(scene)
                pool.add(source.name, scene)
            takes.append(Take(source.name, spool, supply.most))
        return takes, pool.build()

    def negatives(self, pool: Pool, encoder: Encoder | None) -> Negatives:
        """Return what draws negatives: with an encoder, by likeness."""
        wanted = self.plan.negatives
        if encoder is None or not wanted.hard:
            return Negatives(wanted, pool)
        likeness = Likeness(encoder, self.crops)

        def lost(error: PhotoLost) -> None:
            self.skips.note("negatives", error.reason, str(error.photo), error.detail)

        return Negatives(wanted, likeness.embedded(pool, lost), likeness)

    def of_scenes(self, takes: Sequence[Take], stage_of: StageOf) -> SceneRecords:
        """Return the records that are made of scenes."""
        weights = {kind: weight for kind, weight in self.weights.items() if kind in MAKERS}
        return SceneRecords(takes, weights, stage_of, self.skips, self.seed)

    def ready_made(self, beside: int) -> Passing:
        """Return the records that are records already, to stand beside so many others."""
        sources = [(s.source, s.most) for s in self.sources if isinstance(s.source, RecordSource)]
        return Passing.look(
            sources,
            weights=self.weights,
            beside=beside,
            skips=self.skips,
            check=self.check,
            seed=self.seed,
            with_info=self.plan.with_info,
        )

    def written(
        self, made: SceneRecords, passing: Passing, plan_hash: str, progress: Progress
    ) -> Manifest:
        """Write all records, and what they are."""
        total, done = made.wanted + passing.wanted, 0
        with ShardWriter(self.folder, plan_hash) as writer:
            for done, record in enumerate(chain(made.records(), passing.records()), start=1):
                self.check()
                writer.add(record)
                progress(done, total)
            if not done:
                raise TrainingError("No record could be made: see what was skipped, and the plan.")
            return writer.finish(self.skips)
