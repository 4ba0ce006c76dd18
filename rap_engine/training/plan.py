"""A plan: everything that decides what a run does. Its JSON, hashed, names the run's settings."""

import tomllib
from pathlib import Path
from typing import Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator

from rap_engine.training.errors import BadPlan
from rap_engine.training.records_plan import (
    AugmentationPlan,
    Layout,
    NegativesPlan,
    Part,
    RecordsPlan,
    SourcePlan,
)

__all__ = [
    "AugmentationPlan",
    "GatePlan",
    "Layout",
    "LoraPlan",
    "NegativesPlan",
    "Plan",
    "RecordsPlan",
    "SourcePlan",
    "TrainerPlan",
]

_P = TypeVar("_P", bound=Part)


class LoraPlan(Part):
    """LoRA on the language model (paper, section 4.1). `layers` are last names of linear layers."""

    rank: int = Field(128, ge=1)
    alpha: float = Field(256.0, gt=0)
    dropout: float = Field(0.05, ge=0, lt=1)
    layers: tuple[str, ...] = (
        "q_proj",
        "k_proj",
        "v_proj",
        "o_proj",
        "gate_proj",
        "up_proj",
        "down_proj",
    )


class TrainerPlan(Part):
    """The optimiser's settings; the defaults are the paper's (section 4.1).

    Attributes:
        batch: Records a step, over all GPUs.
        micro_batch: Records at once on one device; halved when memory runs out.
        epochs, most_steps: Whichever ends first.
        warm_up: Share of the steps.
        checkpoint_every: Steps.
        patience: Evaluations of the loss without a better one after which the run ends; 0 never.
        held_out: Share of the records that only the loss is evaluated on.
    """

    lora: LoraPlan = LoraPlan()
    projector_start: Literal["as_is", "discriminants"] = Field(
        "as_is", description="Where the projector starts; `discriminants` is for a fresh one."
    )
    start_from: Path | None = Field(
        None, description="Folder of an adapter to go on from; its LoRA must be as `lora` says."
    )
    teaches: Literal["answers", "verification"] = Field(
        "answers",
        description="`verification`: of each record only which references its photo shows, in a"
        " few tokens. What a fresh model learns first.",
    )
    discriminants: int = Field(
        64, ge=1, description="How many such a projector has, then and later: the best ones."
    )
    sign_flips: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Chance that a record's discriminants get signs of their own, so that nobody"
        " is learned by heart. For a projector that started there.",
    )
    learning_rate: float = Field(1e-4, gt=0)
    projector_learning_rate: float = Field(2e-5, ge=0)
    warm_up: float = Field(0.03, ge=0, lt=1)
    weight_decay: float = Field(0.0, ge=0)
    epochs: float = Field(1.0, gt=0)
    most_steps: int | None = Field(None, ge=1)
    batch: int = Field(64, ge=1)
    micro_batch: int = Field(8, ge=1)
    precision: Literal["bf16", "float32"] = "bf16"
    gradient_checkpointing: bool = True
    group_by_length: bool = True
    keep_vision_features: bool = Field(
        False, description="Run the frozen vision tower once a photo, and keep what it says."
    )
    checkpoint_every: int = Field(200, ge=1)
    evaluate_every: int = Field(200, ge=1)
    patience: int = Field(0, ge=0)
    held_out: float = Field(0.01, ge=0, lt=1)
    most_tokens: int | None = Field(
        None, ge=64, description="Of a record; without it, what the profile's generator reads."
    )
    seed: int = 0

    @model_validator(mode="after")
    def _starts_once(self) -> Self:
        starts = self.projector_start != "as_is"
        if starts and self.start_from is not None:
            raise ValueError("projector_start: start_from brings a projector of its own")
        if starts and not self.keep_vision_features:
            raise ValueError("projector_start needs keep_vision_features")
        if self.sign_flips > 0 and not starts and self.start_from is None:
            raise ValueError("sign_flips: only a projector that started at discriminants has them")
        return self


class GatePlan(Part):
    """What an adapter must reach, beside what serves now, on the same evaluation set.

    Each number is how much a measure may fall, 0..1; `least_recognition` is an absolute floor.
    """

    evaluation_set: Path | None = None
    recognition: float = Field(0.01, ge=0, le=1)
    caption_f1: float = Field(0.01, ge=0, le=1)
    questions: float = Field(0.02, ge=0, le=1)
    least_recognition: float = Field(0.0, ge=0, le=1)
    promote: bool = Field(True, description="Put an adapter that passes into service at once.")


class Plan(Part):
    """A whole run. `profile` names the base, whose generator is trained."""

    name: str = Field("rap", pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")
    profile: str | None = Field(None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$")
    records: RecordsPlan = RecordsPlan()
    trainer: TrainerPlan = TrainerPlan()
    gate: GatePlan = GatePlan()

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a plan from TOML, its relative paths from the file's own folder.

        Raises:
            BadPlan: it cannot be read, or a part of it is not as it should be.
        """
        try:
            said = tomllib.loads(file.read_text("utf-8"))
            return cls.model_validate(said).resolved(file.parent)
        except OSError as error:
            raise BadPlan(f"{file}: {error.strerror}") from error
        except ValidationError as error:
            faults = (
                f"`{'.'.join(str(part) for part in fault['loc'])}`: {fault['msg']}"
                for fault in error.errors(include_url=False)
            )
            raise BadPlan(f"{file}: {'; '.join(faults)}.") from error
        except ValueError as error:
            raise BadPlan(f"{file} is no TOML: {error}.") from error

    def resolved(self, folder: Path) -> Self:
        """Return the plan with absolute paths, its relative ones taken from a folder."""
        records, augmentation = self.records, self.records.augmentation
        sources = tuple(
            source.model_copy(update={"folder": folder / source.folder})
            for source in records.sources
        )
        changed = {
            "sources": sources,
            "augmentation": _with_path(augmentation, "novel_views_model", folder),
        }
        return self.model_copy(
            update={
                "records": records.model_copy(update=changed),
                "trainer": _with_path(self.trainer, "start_from", folder),
                "gate": _with_path(self.gate, "evaluation_set", folder),
            }
        )


def _with_path(part: _P, name: str, folder: Path) -> _P:
    path = getattr(part, name)
    return part if path is None else part.model_copy(update={name: folder / path})
