"""Pictures for a model: processed each time, or a reference's once for all questions."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import torch
from transformers import LlavaForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutputWithPooling

from rap_engine.generate.language_model.checkpoint import Checkpoint, computing
from rap_engine.generate.language_model.template import Rendered
from rap_engine.generate.prompt import Picture

FEATURES_BYTES: Final = 256 << 20
"""Room for the features of remembered views: 45 of LLaVA-1.5-13B's, 576 x 5,120 halves each."""


class Inputs(Protocol):
    """Turns rendered conversations into what a model reads."""

    def read(self, rows: Sequence[Rendered]) -> Mapping[str, Any]:
        """Return the model's arguments; `input_ids` is (rows, tokens), padded on the left.

        Either all rows have pictures or none has.

        Raises:
            OutOfMemory: the device has no room for the pictures.
        """

    def forget(self) -> None:
        """Drop what was computed with weights that are no longer in use."""


def inputs_for(checkpoint: Checkpoint) -> "Inputs":
    """Return the way in which an architecture can be given its pictures."""
    if isinstance(checkpoint.model, LlavaForConditionalGeneration):
        return FeatureInputs(checkpoint)
    return PixelInputs(checkpoint)


class PixelInputs:
    """Any architecture: the processor prepares all pictures, the model looks at all of them."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint

    def read(self, rows: Sequence[Rendered]) -> Mapping[str, Any]:
        """Return the model's arguments, pixels among them."""
        pictures = [[picture.image for picture in row.pictures] for row in rows]
        inputs = self._checkpoint.processor(
            text=[row.text for row in rows],
            images=pictures if any(pictures) else None,
            padding=True,
            return_tensors="pt",
        )
        with computing():
            return dict(inputs.to(self._checkpoint.device, self._checkpoint.model.dtype))

    def forget(self) -> None:
        """Nothing is kept."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A picture as the language model reads it.

    `features` is (tokens, hidden); `words` is the text that has a placeholder for each.
    """

    words: str
    features: torch.Tensor


class FeatureInputs:
    """LLaVA: a picture's features depend on nothing but the picture, so references' are kept."""

    def __init__(self, checkpoint: Checkpoint, most_bytes: int = FEATURES_BYTES) -> None:
        self._checkpoint = checkpoint
        self._most_bytes = most_bytes
        self._kept: OrderedDict[bytes, _Seen] = OrderedDict()

    def read(self, rows: Sequence[Rendered]) -> Mapping[str, Any]:
        """Return the model's arguments, features of pictures among them."""
        pictures = [picture for row in rows for picture in row.pictures]
        with computing():
            seen = self._look_at(pictures)
        processor = self._checkpoint.processor
        texts, _ = processor.get_text_with_replacements(
            [row.text for row in rows], [one.words for one in seen]
        )
        tokens = processor.tokenizer(texts, padding=True, return_tensors="pt")
        inputs: dict[str, Any] = {
            "input_ids": tokens["input_ids"].to(self._checkpoint.device),
            "attention_mask": tokens["attention_mask"].to(self._checkpoint.device),
        }
        if seen:
            features: Any = [one.features for one in seen]
            inputs["mm_encoder_outputs"] = {
                "image": BaseModelOutputWithPooling(pooler_output=features)
            }
        return inputs

    def forget(self) -> None:
        """Drop all features: an adapter may bring a projector of its own."""
        self._kept.clear()

    def _look_at(self, pictures: Sequence[Picture]) -> list[_Seen]:
        """Return each picture's features; those that are not kept are computed in one batch."""
        keys = [_key_of(picture, at) for at, picture in enumerate(pictures)]
        known = {key: self._kept[key] for key in keys if key in self._kept}
        missing = {
            key: picture for key, picture in zip(keys, pictures, strict=True) if key not in known
        }
        if missing:
            known |= zip(missing, self._encode(list(missing.values())), strict=True)
        for key, picture in zip(keys, pictures, strict=True):
            if picture.reference is not None:
                self._keep(key, known[key])
        return [known[key] for key in keys]

    def _encode(self, pictures: Sequence[Picture]) -> list[_Seen]:
        processor, model = self._checkpoint.processor, self._checkpoint.model
        images = [picture.image for picture in pictures]
        prepared = processor.image_processor(images, return_tensors="pt")
        pixels = prepared["pixel_values"].to(self._checkpoint.device, model.dtype)
        features = model.get_image_features(pixel_values=pixels).pooler_output
        # A row of a batch is a window on all of it: kept by itself, it is as small as it looks.
        return [
            _Seen(processor.replace_image_token(prepared, at), each.clone())
            for at, each in enumerate(features)
        ]

    def _keep(self, key: bytes, seen: _Seen) -> None:
        self._kept[key] = seen
        self._kept.move_to_end(key)
        while sum(each.features.nbytes for each in self._kept.values()) > self._most_bytes:
            self._kept.popitem(last=False)


def _key_of(picture: Picture, at: int) -> bytes:
    """Return what tells a picture from others: a view's content, or else its place."""
    if picture.reference is None:
        return at.to_bytes(4, "big")
    return hashlib.sha256(picture.reference.photo).digest()
