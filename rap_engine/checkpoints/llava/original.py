"""What a checkpoint of the original LLaVA code says about itself in its `config.json`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rap_engine.checkpoints.errors import ConversionFailed
from rap_engine.checkpoints.files import read_json
from rap_engine.checkpoints.llava.templates import PHI3, VICUNA


@dataclass(frozen=True, slots=True)
class Family:
    """A language model that the original code puts an image before.

    Attributes:
        text_model: transformers' name of it.
        chat_template: the conversation it was trained on.
        ends: tokens that end an answer.
    """

    text_model: Literal["llama", "phi3"]
    chat_template: str
    ends: tuple[str, ...]


_LLAMA = Family("llama", VICUNA, ("</s>",))
_PHI3 = Family("phi3", PHI3, ("<|end|>", "<|endoftext|>"))
_FAMILIES = {"llava": _LLAMA, "llava_llama": _LLAMA, "llava_phi": _PHI3, "llava_phi3": _PHI3}
# Fields of which one value is converted. None: the field may be missing.
_ONLY: Mapping[str, tuple[Any, ...]] = {
    "mm_projector_type": ("mlp2x_gelu",),
    "mm_vision_select_feature": ("patch", "cls_patch", None),
    "mm_use_im_start_end": (False, None),
    "mm_use_im_patch_token": (False, None),
    "mm_patch_merge_type": ("flat", None),
    "image_aspect_ratio": ("pad", "square", None),
}


@dataclass(frozen=True, slots=True)
class Original:
    """A checked configuration."""

    family: Family
    fields: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path) -> "Original":
        """Read `config.json` of a folder.

        Raises:
            ConversionFailed: it is missing, or not one of those that are converted; says why.
        """
        path = folder / "config.json"
        fields = read_json(path)
        if not isinstance(fields, dict):
            raise ConversionFailed(f"{path} is missing or not a configuration.")
        if "text_config" in fields:
            raise ConversionFailed(f"{folder} has transformers' own layout: nothing to convert.")
        family = _FAMILIES.get(str(fields.get("model_type")))
        if family is None:
            known = ", ".join(_FAMILIES)
            raise ConversionFailed(
                f"{path} has model_type {fields.get('model_type')!r}; converted are: {known}."
            )
        for name, wanted in _ONLY.items():
            if fields.get(name) not in wanted:
                raise ConversionFailed(
                    f"{path} has {name} {fields.get(name)!r}; converted is {wanted[0]!r} alone."
                )
        if not isinstance(fields.get("mm_vision_select_layer", -2), int):
            raise ConversionFailed(f"{path} has a mm_vision_select_layer that is no number.")
        return cls(family, fields)

    @property
    def vision_tower(self) -> str:
        """Name of the vision tower."""
        return str(self.fields.get("mm_vision_tower", "the vision tower"))

    @property
    def feature_layer(self) -> int:
        """Layer of the vision tower whose features are projected."""
        return int(self.fields.get("mm_vision_select_layer", -2))

    @property
    def keeps_class_feature(self) -> bool:
        """Whether the feature of the whole image is kept beside those of its patches."""
        return self.fields.get("mm_vision_select_feature") == "cls_patch"

    @property
    def pads(self) -> bool:
        """Whether a photo is padded to a square; otherwise its middle is cut out."""
        return self.fields.get("image_aspect_ratio") == "pad"
