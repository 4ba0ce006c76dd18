"""From sources to a folder of records with their crops (paper, section 3.4).

Sources are looked at twice: first to learn who there is, so that a reference can be of another
photo and noise of another source; then to make the records. A killed build begins again; what a
model was asked is in the annotator's cache.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Final

from rap_engine.encode import Encoder
from rap_engine.training.annotators import Annotator
from rap_engine.training.building.builder import Builder, Progress, Supply
from rap_engine.training.building.passing import Check
from rap_engine.training.building.scene_records import StageOf
from rap_engine.training.errors import RunCancelled
from rap_engine.training.fingerprint import fingerprint
from rap_engine.training.makers import Augment, Casting, Crops, Stage
from rap_engine.training.makers.crops import CROPS
from rap_engine.training.plan import RecordsPlan
from rap_engine.training.pool.negatives import Negatives
from rap_engine.training.records import BadRecord, Manifest
from rap_engine.training.scene import Scene
from rap_engine.training.skips import Skips

_VERSION: Final = 2
"""Of the makers. Where they make other records of the same plan, it is another number."""


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
        BadSource: a source's folder is not of its layout.
        RunCancelled: it shall stop; the folder is not finished.
        ServerError: the annotator's server is away.
        TrainingError: there was nothing to make a record of.
        DiskFull: there is no room for them.
    """
    supplies = [(each.source.name, each.most, each.detector) for each in sources]
    models = (annotator.name, None if encoder is None else encoder.name)
    form = (most_references, boxes_are_padded)
    plan_hash = fingerprint([_VERSION, seed, plan.model_dump(mode="json"), supplies, models, form])
    finished = _finished(folder, plan_hash)
    if finished is not None:
        return finished
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / CROPS, ignore_errors=True)
    crops = Crops(folder, augment, plan.augmentation.variants, seed)
    builder = Builder(plan, folder, sources, crops, Skips(), _check(should_stop), seed)
    casting = Casting(annotator, crops, plan.with_info)
    with ExitStack() as opened:
        takes, pool = builder.first_look(opened)
        negatives = builder.negatives(pool, encoder)
        stage_of = _stages(casting, negatives, most_references, boxes_are_padded=boxes_are_padded)
        made = builder.of_scenes(takes, stage_of)
        return builder.written(made, builder.ready_made(made.wanted), plan_hash, progress)


def _finished(folder: Path, plan_hash: str) -> Manifest | None:
    try:
        manifest = Manifest.read(folder)
    except BadRecord:
        return None
    return manifest if manifest.plan_hash == plan_hash else None


def _check(should_stop: Callable[[], bool]) -> Check:
    def check() -> None:
        if should_stop():
            raise RunCancelled("The run was asked to end while its records were made.")

    return check


def _stages(
    casting: Casting, negatives: Negatives, most_references: int, *, boxes_are_padded: bool
) -> StageOf:
    def stage_of(source: str, scene: Scene, rng: Random) -> Stage:
        return Stage(source, scene, rng, casting, negatives, most_references, boxes_are_padded)

    return stage_of
