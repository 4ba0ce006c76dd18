"""Records to train on, and a plan that is over in a second."""

from pathlib import Path
from typing import Any, Final

from rap_engine.images import to_jpeg
from rap_engine.training.plan import LoraPlan, TrainerPlan
from rap_engine.training.records import Record, RecordReference, Said
from tests.unit.generate.language_model.pictures import noise

BO: Final = RecordReference("bo.jpg", "Bo", "our corgi, afraid of vacuum cleaners", "dog")
LUNA: Final = RecordReference("luna.jpg", "Luna", "a grey cat", "cat")
PIP: Final = RecordReference("pip.jpg", "Pip", "likes the beach", "dog")
PHOTOS: Final = 8


def write_photos(folder: Path) -> None:
    """Write photos `0.jpg` to `7.jpg` and the crops of the concepts."""
    for number in range(PHOTOS):
        (folder / f"{number}.jpg").write_bytes(to_jpeg(noise(number)))
    for number, reference in enumerate((BO, LUNA, PIP), start=100):
        (folder / reference.crop).write_bytes(to_jpeg(noise(number, (50, 60))))


def record(
    *said: str,
    references: tuple[RecordReference, ...] = (),
    image: str | None = "0.jpg",
    name: str = "r",
) -> Record:
    """Return a record whose turns are these words, a human's first."""
    speakers = ("human", "gpt") * (len(said) // 2)
    turns = tuple(Said(who, words) for who, words in zip(speakers, said, strict=True))
    return Record(name, "question", image, turns, references)


def records() -> list[Record]:
    """Return twelve records of several kinds and lengths."""
    asked = "Is Bo in this image? Answer with yes or no."
    seen = [
        record(asked, "Yes." if number % 2 else "No.", image=f"{number}.jpg", references=(BO,))
        for number in range(PHOTOS)
    ]
    others = [
        record("Give a caption of the image.", "<Bo> sleeps.", references=(BO, LUNA)),
        record(
            "Who is this?", "This is <Luna>.", "And Bo?", "He is not here.", references=(LUNA, BO)
        ),
        record("What does Luna eat?", "Fish.", image=None, references=(LUNA,)),
        record("What is a corgi?", "A small dog.", image=None),
    ]
    return [
        Record(f"r{number}", each.kind, each.image, each.conversation, each.references)
        for number, each in enumerate([*seen, *others])
    ]


def plan(**changes: Any) -> TrainerPlan:
    """Return a plan of six quick steps."""
    settings: dict[str, Any] = {
        "lora": LoraPlan(rank=4, alpha=8),
        "learning_rate": 5e-3,
        "projector_learning_rate": 1e-3,
        "most_steps": 6,
        "epochs": 100,
        "batch": 4,
        "micro_batch": 4,
        "precision": "float32",
        "gradient_checkpointing": False,
        "held_out": 0.0,
        "most_tokens": 2048,
        "checkpoint_every": 2,
        "evaluate_every": 2,
    }
    return TrainerPlan(**(settings | changes))
