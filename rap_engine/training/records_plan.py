"""The part of a plan that says what records are made of."""

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rap_engine.training.kinds import Kind

_Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Layout = Literal[
    "concepts",
    "refcoco",
    "objects365",
    "tao",
    "imagenet-vid",
    "custom-concept-101",
    "celeba",
    "llava-instruct",
    "rap-260k",
    "records",
]
_WITHOUT_BOXES: Final = ("concepts", "custom-concept-101")


class Part(BaseModel):
    """A part of a plan: what it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SourcePlan(Part):
    """A data set: where it lies, in whose layout, and how many records to make of it at most.

    Attributes:
        detect: Whether the profile's detector finds who is in a photo that has no box.
    """

    layout: Layout
    folder: Path
    split: str = Field("train", pattern=r"^[A-Za-z0-9_+.()-]{1,60}$")
    most: int | None = Field(None, ge=1)
    detect: bool = False

    @model_validator(mode="after")
    def _lacks_boxes(self) -> Self:
        if self.detect and self.layout not in _WITHOUT_BOXES:
            raise ValueError(f"`detect` is for layouts without boxes: {', '.join(_WITHOUT_BOXES)}")
        return self


class NegativesPlan(Part):
    """Noise among the references, and questions whose answer is no.

    Attributes:
        references: Chance that a record gets concepts that its photo does not show, 0..1.
        most: How many of these at most.
        questions: Share of the recognition questions whose answer is no.
        hard: Share of all these that are nearest in the encoder's space and not drawn at random.
    """

    references: float = Field(0.5, ge=0, le=1)
    most: int = Field(2, ge=0, le=8)
    questions: float = Field(0.5, ge=0, le=1)
    hard: float = Field(0.5, ge=0, le=1)


class AugmentationPlan(Part):
    """How reference crops are changed. Each is a chance, 0..1; `variants` is how many are made."""

    variants: int = Field(4, ge=0, le=64)
    flip: float = Field(0.5, ge=0, le=1)
    colour: float = Field(0.8, ge=0, le=1)
    rotation: float = Field(0.3, ge=0, le=1)
    scale: float = Field(0.5, ge=0, le=1)
    perspective: float = Field(0.3, ge=0, le=1)
    background: float = Field(0.3, ge=0, le=1)
    occlusion: float = Field(0.2, ge=0, le=1)
    novel_views: float = Field(0.0, ge=0, le=1)
    novel_views_model: Path | None = Field(
        None, description="Folder of the image-to-image pipeline that makes them."
    )


def _kinds() -> dict[Kind, float]:
    return {
        "grounding": 100.0,
        "recognition": 40.0,
        "caption": 22.0,
        "description": 15.0,
        "question": 16.0,
        "instruction": 67.0,
    }


class RecordsPlan(Part):
    """What records are made of. `kinds` weighs the kinds of records against each other."""

    sources: tuple[SourcePlan, ...] = ()
    consented: bool = Field(False, description="Also what people who agreed told this bot.")
    consented_most: int | None = Field(
        2000, ge=1, description="Records of their photos; more than these: again, otherwise named."
    )
    annotator: Literal["templates", "openai", "generator"] = "templates"
    kinds: dict[Kind, _Weight] = Field(default_factory=_kinds)
    negatives: NegativesPlan = NegativesPlan()
    augmentation: AugmentationPlan = AugmentationPlan()
    with_info: bool = True

    @field_validator("kinds")
    @classmethod
    def _weighs_something(cls, kinds: dict[Kind, float]) -> dict[Kind, float]:
        if not any(kinds.values()):
            raise ValueError("one of the kinds must weigh more than 0")
        return kinds
