"""From sources to a folder of records with their crops (paper, section 3.4).

Sources are looked at twice: first to learn who there is, so that a reference can be of another
photo and noise of another source; then to make the records. A killed build begins again; what a
model was asked is in the annotator's cache.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random
from typing import Final

from rap_engine.encode import Encoder
from rap_engine.training.annotators import Annotator
from rap_engine.training.building.likeness import Likeness
from rap_engine.training.building.passing import Check, Passing
from rap_engine.training.building.scene_records import SceneRecords, StageOf, Take
from rap_engine.training.building.spool import Spool
from rap_engine.training.errors import BadPlan, RunCancelled, TrainingError
from rap_engine.training.fingerprint import fingerprint
from rap_engine.training.makers import MAKERS, Augment, Casting, Crops, PhotoLost, Stage
from rap_engine.training.makers.crops import CROPS
from rap_engine.training.plan import RecordsPlan
from rap_engine.training.pool.gathering import PoolBuilder
from rap_engine.training.pool.negatives import Negatives
from rap_engine.training.pool.pool import Pool
from rap_engine.training.records import BadRecord, Kind, Manifest, ShardWriter
from rap_engine.training.records.record import KINDS
from rap_engine.training.scene import Scene, SceneSource
from rap_engine.training.skips import Skips
from rap_engine.training.sources import RecordSource

Progress = Callable[[int, int], None]
"""Told how many records are made, and how many there will be at most."""
_VERSION: Final = 1
"""Of the makers. Where they make other records of the same plan, it is another number."""


@dataclass(frozen=True, slots=True)
class Supply:
    """A source, and how many records to make of it at most.

    More than it has scenes: each is used again, with other names, crops and noise. None: each scene
    is used once.
    """

    source: SceneSource | RecordSource
    most: int | None = None


def build_records(
    plan: RecordsPlan,
    folder: Path,
    *,
    sources: Sequence[Supply],
    annotator: Annotator,
    augment: Augment,
    encoder: Encoder | None = None,
    progress: Progress = lambda _done, _total: None,
    should_stop: Callable[[], bool] = lambda: False,
    seed: int = 0,
    most_references: int = 3,
    boxes_are_padded: bool = False,
) -> Manifest:
    """Make the records of a plan, or return those that the folder has already.

    Args:
        plan: what to make; its `sources` are opened by the caller.
        folder: gets shards, a manifest and `crops/`.
        sources: where scenes and records come from.
        annotator: says what photos show.
        augment: changes reference crops.
        encoder: finds hard negatives; without one they are of the same category.
        progress: told at each record.
        should_stop: asked at each scene and each record.
        seed: of all chance: the same seed and photos, the same records.
        most_references: that a record has.
        boxes_are_padded: whether boxes are to be shares of the photo padded to a square, as the
            model that is trained sees it.

    Raises:
        BadPlan: it weighs kinds that there are not.
        BadSource: a source's folder is not of its layout.
        RunCancelled: it shall stop; the folder is not finished.
        ServerError: the annotator's server is away.
        TrainingError: there was nothing to make a record of.
        DiskFull: there is no room for them.
    """
    supplies = [(each.source.name, each.most) for each in sources]
    models = (annotator.name, None if encoder is None else encoder.name)
    form = (most_references, boxes_are_padded)
    plan_hash = fingerprint([_VERSION, seed, plan.model_dump(mode="json"), supplies, models, form])
    finished = _finished(folder, plan_hash)
    if finished is not None:
        return finished
    weights = _weights(plan)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / CROPS, ignore_errors=True)
    skips, check = Skips(), _check(should_stop)
    crops = Crops(folder, augment, plan.augmentation.variants, seed)
    with ExitStack() as opened:
        takes, pool = _first_look(sources, folder, skips, check, seed, opened)
        negatives = _negatives(plan, pool, crops, encoder, skips)
        casting = Casting(annotator, crops, plan.with_info)
        made = SceneRecords(
            takes,
            {kind: weight for kind, weight in weights.items() if kind in MAKERS},
            _stages(casting, negatives, most_references, boxes_are_padded=boxes_are_padded),
            skips,
            seed,
        )
        passing = Passing.look(
            [(s.source, s.most) for s in sources if isinstance(s.source, RecordSource)],
            weights=weights,
            beside=made.wanted,
            skips=skips,
            check=check,
            seed=seed,
            with_info=plan.with_info,
        )
        total, done = made.wanted + passing.wanted, 0
        writer = opened.enter_context(ShardWriter(folder, plan_hash))
        for done, record in enumerate(chain(made.records(), passing.records()), start=1):
            check()
            writer.add(record)
            progress(done, total)
        if not done:
            raise TrainingError("No record could be made: see what was skipped, and the plan.")
        return writer.finish(skips)


def _finished(folder: Path, plan_hash: str) -> Manifest | None:
    try:
        manifest = Manifest.read(folder)
    except BadRecord:
        return None
    return manifest if manifest.plan_hash == plan_hash else None


def _weights(plan: RecordsPlan) -> dict[Kind, float]:
    unknown = sorted(set(plan.kinds) - set(KINDS))
    if unknown:
        raise BadPlan(f"records.kinds: {', '.join(unknown)} is none of {', '.join(KINDS)}")
    weights = {kind: plan.kinds.get(kind, 0.0) for kind in KINDS}
    if min(weights.values()) < 0 or not any(weights.values()):
        raise BadPlan("records.kinds: weights are 0 or more, and one of them is more")
    return {kind: weight for kind, weight in weights.items() if weight}


def _check(should_stop: Callable[[], bool]) -> Check:
    def check() -> None:
        if should_stop():
            raise RunCancelled("The run was asked to end while its records were made.")

    return check


def _first_look(
    sources: Sequence[Supply],
    folder: Path,
    skips: Skips,
    check: Check,
    seed: int,
    opened: ExitStack,
) -> tuple[list[Take], Pool]:
    """Read all scenes once: onto disk, and into the pool."""
    takes = []
    pool = PoolBuilder(seed)
    for number, supply in enumerate(sources):
        source = supply.source
        if not isinstance(source, SceneSource):
            continue
        spool = opened.enter_context(Spool(folder / f"scenes-{number:02d}.part"))
        for scene in source.scenes(skips):
            check()
            spool.add(scene)
            pool.add(source.name, scene)
        takes.append(Take(source.name, spool, supply.most))
    return takes, pool.build()


def _negatives(
    plan: RecordsPlan, pool: Pool, crops: Crops, encoder: Encoder | None, skips: Skips
) -> Negatives:
    if encoder is None or not plan.negatives.hard:
        return Negatives(plan.negatives, pool)
    likeness = Likeness(encoder, crops)

    def lost(error: PhotoLost) -> None:
        skips.note("negatives", error.reason, str(error.photo), error.detail)

    return Negatives(plan.negatives, likeness.embedded(pool, lost), likeness)


def _stages(
    casting: Casting, negatives: Negatives, most_references: int, *, boxes_are_padded: bool
) -> StageOf:
    def stage_of(source: str, scene: Scene, rng: Random) -> Stage:
        return Stage(source, scene, rng, casting, negatives, most_references, boxes_are_padded)

    return stage_of
