"""What a profile is made of, as its TOML file says it."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rap_engine.checkpoints import HubSource, PackageSource, Source, UrlSource

# Names become parts of keys' names, of file names and of lines of a log.
_Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
# A cosine: at -1 every reference matches, and at 1 none does.
_Cutoff = Annotated[float, Field(gt=-1, lt=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SsdRecipe(_Part):
    """SSD-MobileNetV2 on COCO's categories, from a package."""

    kind: Literal["ssd"]


class YoloWorldRecipe(_Part):
    """YOLO-World with an open vocabulary.

    Attributes:
        model: ultralytics' name of the architecture, such as `yolov8x-worldv2`.
        source: its weights.
        text_source: the CLIP ViT-B/32 whose text tower embeds the vocabulary.
    """

    kind: Literal["yolo-world"]
    model: _Name
    source: UrlSource
    text_source: HubSource


class Lite0Recipe(_Part):
    """EfficientNet-Lite0, from a package."""

    kind: Literal["lite0"]

    @property
    def encoder_name(self) -> str:
        """What its keys are stored under."""
        return "efficientnet-lite0-mirrored-1"


class OpenClipRecipe(_Part):
    """The image tower of a CLIP model in open_clip's layout."""

    kind: Literal["open-clip"]
    name: _Name
    source: HubSource
    provisional_cutoff: _Cutoff

    @property
    def encoder_name(self) -> str:
        """What its keys are stored under."""
        return f"open-clip-{self.name}"


class DinoRecipe(_Part):
    """A DINOv2 model in transformers' layout."""

    kind: Literal["dinov2"]
    name: _Name
    source: HubSource
    provisional_cutoff: _Cutoff

    @property
    def encoder_name(self) -> str:
        """What its keys are stored under."""
        return f"dinov2-{self.name}"


class ComposedRecipe(_Part):
    """Answers composed from the evidence, without a model."""

    kind: Literal["composed"]


class TransformersRecipe(_Part):
    """A multimodal language model, in this process.

    Attributes:
        source: its checkpoint.
        prompt: `rap` for checkpoints that were trained on RAP's prompts, where a name stands in
            angle brackets; `plain` for all others.
        context: tokens that prompt and answer may have together.
        max_references: references that the model can tell apart.
        max_new_tokens: the longest answer, kept free in the context.
        history_tokens: kept free in the context for earlier turns.
        temperature: 0 decodes greedily.
        seed: makes what is drawn at a higher temperature the same each time.
        boxes: whether the model's places are shares of the photo, or of the photo padded to a
            square.
        parameters: billions, for an estimate before anything is fetched.
    """

    kind: Literal["transformers"]
    name: _Name
    source: HubSource | PackageSource
    prompt: Literal["rap", "plain"] = "plain"
    context: int = Field(gt=0)
    max_references: int = Field(8, ge=1)
    max_new_tokens: int = Field(256, ge=1)
    history_tokens: int = Field(0, ge=0)
    temperature: float = Field(0.0, ge=0)
    top_p: float = Field(1.0, gt=0, le=1)
    seed: int | None = None
    boxes: Literal["photo", "padded"] = "photo"
    parameters: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _has_room_for_a_prompt(self) -> Self:
        if self.context <= self.max_new_tokens + self.history_tokens:
            raise ValueError("context must be more than max_new_tokens and history_tokens together")
        return self


class OpenAiRecipe(_Part):
    """A model behind an OpenAI-compatible server; the settings name the server.

    `prompt` and `boxes` are as with `transformers`; `rap` is for one of RAP's checkpoints, or an
    adapter that was trained on its records.
    """

    kind: Literal["openai"]
    prompt: Literal["rap", "plain"] = "plain"
    max_references: int = Field(8, ge=1)
    max_new_tokens: int = Field(512, ge=1)
    temperature: float = Field(0.0, ge=0)
    boxes: Literal["photo", "padded"] = "photo"


class VerificationRecipe(_Part):
    """The generator is asked, pair by pair, whether a region shows a reference's individual.

    Attributes:
        weight: of the model's log odds, beside those that the score gives.
        scale: difference of score that is worth one unit of log odds.
    """

    weight: float = Field(1.0, gt=0)
    scale: float = Field(0.05, gt=0)


DetectorRecipe = Annotated[SsdRecipe | YoloWorldRecipe, Field(discriminator="kind")]
EncoderRecipe = Annotated[Lite0Recipe | OpenClipRecipe | DinoRecipe, Field(discriminator="kind")]
GeneratorRecipe = Annotated[
    ComposedRecipe | TransformersRecipe | OpenAiRecipe, Field(discriminator="kind")
]


class Recipe(_Part):
    """A profile as its file says it. Reading one imports no model library."""

    title: str
    detector: DetectorRecipe
    encoder: EncoderRecipe
    generator: GeneratorRecipe
    verification: VerificationRecipe | None = None

    @model_validator(mode="after")
    def _can_verify(self) -> Self:
        if self.verification is not None and isinstance(self.generator, ComposedRecipe):
            raise ValueError("verification asks the generator, and `composed` sees no photo")
        return self

    def sources(self) -> Iterator[Source]:
        """Yield all that must be fetched before the profile loads."""
        if isinstance(self.detector, YoloWorldRecipe):
            yield self.detector.source
            yield self.detector.text_source
        if isinstance(self.encoder, OpenClipRecipe | DinoRecipe):
            yield self.encoder.source
        if isinstance(self.generator, TransformersRecipe):
            yield self.generator.source
