"""All that a run needs before its first step: the base, the lessons, and what its tower says."""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final

import torch
from accelerate import PartialState  # type: ignore[import-untyped]

from rap_engine import torch_runtime
from rap_engine.checkpoints.files import write_json
from rap_engine.generate.language_model.checkpoint import Checkpoint, load_checkpoint
from rap_engine.training.errors import BadPlan, TrainingError
from rap_engine.training.plan import TrainerPlan
from rap_engine.training.records import Records
from rap_engine.training.trainer import identity
from rap_engine.training.trainer.dialogue import pictures_of
from rap_engine.training.trainer.environment import environment
from rap_engine.training.trainer.examples import Examples
from rap_engine.training.trainer.features import KeptFeatures
from rap_engine.training.trainer.lessons import LessonWriter, VerificationWriter
from rap_engine.training.trainer.order import hold_out
from rap_engine.training.trainer.ranks import Ranks
from rap_engine.training.trainer.shown import crops_shown
from rap_engine.training.trainer.sights import Sight, sight_for
from rap_engine.training.trainer.starting import start_projector
from rap_engine.training.trainer.stored import StoredLessons, writer_of

_ENVIRONMENT: Final = "environment.json"
_WRITERS: Final = {"answers": LessonWriter, "verification": VerificationWriter}
_LONGEST_WAIT: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be trained, and where.

    Attributes:
        base: The base's folder.
        records: To train on.
        data_hash: Names their content, if it is known.
        plan: How.
        folder: Of the run.
        photos: Root of the records' relative paths.
        features: Where kept vision features lie; runs may share it.
        device: As the setting names it.
        alive: Called now and then while things are prepared; may raise to stop.
    """

    base: Path
    records: Records
    data_hash: str | None
    plan: TrainerPlan
    folder: Path
    photos: Path
    features: Path
    device: str
    alive: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run works with."""

    checkpoint: Checkpoint
    sight: Sight
    lessons: StoredLessons
    train: Examples
    held_out: Examples
    ranks: Ranks


def prepare(task: Task) -> Prepared:
    """Load the base, write or read the lessons, and let the tower look ahead if the plan says so.

    Raises:
        BadPlan: the base cannot be trained so, or the folder has a run of another plan.
        TrainingError: the folder has a run on other records, or no record can be trained on.
        WeightsError: the base cannot be loaded.
        OutOfMemory: the device has no room for the base.
    """
    device = _device_of(task.device)
    # Starts the processes' group if `torchrun` or `accelerate launch` started several.
    PartialState(cpu=device.type == "cpu", timeout=_LONGEST_WAIT)
    ranks = Ranks(device)
    checkpoint = load_checkpoint(task.base, str(device), "none")
    checkpoint.model.to(torch.bfloat16 if task.plan.precision == "bf16" else torch.float32)
    kept = _features(task, checkpoint)
    sight = kept or sight_for(checkpoint, task.photos)
    lessons = _lessons(task, checkpoint, sight, ranks)
    if ranks.is_first:
        write_json(task.folder / _ENVIRONMENT, environment(device, task.plan.seed, ranks.count))
    if kept is not None:
        _look_ahead(task, kept, lessons, ranks)
    chosen, held_out = hold_out(lessons.photos, task.plan.held_out, task.plan.seed)
    if task.plan.projector_start == "discriminants" and kept is not None:
        same = _same(lessons, chosen)
        start_projector(checkpoint.model, kept.pairs(same), task.plan.discriminants)
    train = Examples(lessons, chosen, sight)
    return Prepared(checkpoint, sight, lessons, train, Examples(lessons, held_out, sight), ranks)


def _device_of(wanted: str) -> torch.device:
    device = torch_runtime.device_of(wanted)
    if device.type == "cuda":
        number = int(os.environ.get("LOCAL_RANK", device.index or 0))
        torch.cuda.set_device(number)
        return torch.device("cuda", number)
    return device


def _features(task: Task, checkpoint: Checkpoint) -> KeptFeatures | None:
    if not task.plan.keep_vision_features:
        return None
    return KeptFeatures(checkpoint, task.photos, task.features)


def _lessons(task: Task, checkpoint: Checkpoint, sight: Sight, ranks: Ranks) -> StoredLessons:
    """Return the lessons; the first rank writes them if they are not there."""
    plan = task.plan
    most_tokens = _most_tokens(plan)
    data = task.data_hash or identity.hash_of(task.records, task.alive)
    key = identity.key_of_lessons(data, task.base, task.photos, plan)
    folder = task.folder / "lessons"
    if ranks.is_first:
        identity.check_same_run(task.folder, plan, data)
        lessons = StoredLessons.read(folder, key, task.records) or StoredLessons.write(
            folder,
            key,
            task.records,
            writer_of(_WRITERS[plan.teaches](checkpoint, sight.tokens), task.photos, most_tokens),
            task.alive,
        )
        identity.note_run(task.folder, plan, data, lessons.counts)
    ranks.wait()
    found = StoredLessons.read(folder, key, task.records)
    if found is None:
        raise TrainingError(f"{folder} is not what the first rank wrote: do all see one disk?")
    return found


def _most_tokens(plan: TrainerPlan) -> int:
    if plan.most_tokens is None:
        raise BadPlan("most_tokens: say how many tokens of a record the base can read.")
    return plan.most_tokens


def _look_ahead(task: Task, kept: KeptFeatures, lessons: StoredLessons, ranks: Ranks) -> None:
    """Let the tower look at all pictures."""
    paths = dict.fromkeys(
        path for at in range(len(lessons)) for path in pictures_of(lessons.record(at))
    )
    mine = list(paths)[ranks.rank :: ranks.count]
    kept.keep(mine, lambda _: task.alive())
    ranks.wait()


def _same(lessons: StoredLessons, chosen: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Yield photos with a crop of whom they show; all ranks draw the same ones."""
    numbers = list(chosen)
    Random(0).shuffle(numbers)  # noqa: S311  nothing secret is drawn
    for record in map(lessons.record, numbers):
        if record.image is not None:
            yield from ((record.image, crop) for crop in crops_shown(record))
