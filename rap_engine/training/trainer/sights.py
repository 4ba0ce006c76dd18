"""How pictures come to a model in training: as pixels, or as what its frozen tower says of them."""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Protocol

import torch
from PIL import Image
from transformers import LlavaForConditionalGeneration

from rap_engine.generate.language_model.checkpoint import Checkpoint
from rap_engine.generate.language_model.template import ChatTemplate
from rap_engine.generate.proportions import without_stripes
from rap_engine.images import open_photo

_SIZES_REMEMBERED: Final = 4096


class Sight(Protocol):
    """Gives a model its pictures.

    `mixes` says whether records with pictures and records in words alone can be read together.
    """

    @property
    def mixes(self) -> bool: ...  # noqa: D102

    def tokens(self, path: str, is_alone: bool) -> Sequence[int]:
        """Return what stands for a picture among the tokens.

        Raises:
            BadPhoto: its size matters, and it cannot be read.
            OSError: nor its file.
        """

    def look(self, path: str) -> Any:
        """Return a picture as far as it can be prepared one by one, in whatever process.

        Raises:
            BadPhoto: it cannot be read.
            OSError: nor its file.
        """

    def inputs(self, seen: Sequence[Sequence[Any]], tokens: torch.Tensor) -> Mapping[str, Any]:
        """Return the model's arguments for the pictures of a batch.

        Args:
            seen: the pictures of each of its rows, as `look` returned them.
            tokens: (rows, tokens) on the model's device.
        """


def open_picture(photos: Path, path: str) -> Image.Image:
    """Return a picture of a record as it is at inference. `path` is from `photos`, or absolute.

    Raises:
        BadPhoto: it cannot be read.
        OSError: nor its file.
    """
    return without_stripes(open_photo((photos / path).read_bytes(), smallest_side_px=1))


def sight_for(checkpoint: Checkpoint, photos: Path) -> "Sight":
    """Return the way in which an architecture is given its pictures."""
    if isinstance(checkpoint.model, LlavaForConditionalGeneration):
        return LlavaPixels(checkpoint, photos)
    return AnyPixels(checkpoint, photos)


class LlavaPixels:
    """LLaVA: every picture has the same number of pixels and of tokens."""

    mixes = True

    def __init__(self, checkpoint: Checkpoint, photos: Path) -> None:
        self._checkpoint = checkpoint
        self._photos = photos
        self._tokens = self._count_tokens()

    def tokens(self, path: str, is_alone: bool) -> Sequence[int]:  # noqa: ARG002
        """Return what stands for any picture."""
        return self._tokens

    def look(self, path: str) -> torch.Tensor:
        """Return a picture's pixels, (channels, height, width)."""
        return self._pixels(open_picture(self._photos, path))

    def inputs(
        self,
        seen: Sequence[Sequence[torch.Tensor]],
        tokens: torch.Tensor,  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Return the pixels of all pictures."""
        pixels = [each for row in seen for each in row]
        if not pixels:
            return {}
        model = self._checkpoint.model
        return {"pixel_values": torch.stack(pixels).to(model.device, model.dtype)}

    def _pixels(self, image: Image.Image) -> torch.Tensor:
        prepared = self._checkpoint.processor.image_processor(image, return_tensors="pt")
        pixels: torch.Tensor = prepared["pixel_values"][0]
        return pixels

    def _count_tokens(self) -> tuple[int, ...]:
        processor = self._checkpoint.processor
        blank = {"pixel_values": [self._pixels(Image.new("RGB", (64, 64)))]}
        words = processor.replace_image_token(blank, 0)
        return tuple(processor.tokenizer(words, add_special_tokens=False)["input_ids"])


class AnyPixels:
    """Any architecture: its processor sees all pictures of a batch."""

    mixes = False

    def __init__(self, checkpoint: Checkpoint, photos: Path) -> None:
        self._checkpoint = checkpoint
        self._photos = photos
        self._placeholder = ChatTemplate(checkpoint.processor).placeholder
        self._tokens_of = lru_cache(_SIZES_REMEMBERED)(self._try_picture)
        self._size_of = lru_cache(None)(self._measure)

    def tokens(self, path: str, is_alone: bool) -> Sequence[int]:
        """Return what stands for a picture of its size."""
        return self._tokens_of(self._size_of(path), is_alone)

    def look(self, path: str) -> Image.Image:
        """Return the picture itself."""
        return open_picture(self._photos, path)

    def inputs(
        self, seen: Sequence[Sequence[Image.Image]], tokens: torch.Tensor
    ) -> Mapping[str, Any]:
        """Return whatever the processor makes of the pictures."""
        if not any(seen):
            return {}
        processor, model = self._checkpoint.processor, self._checkpoint.model
        prepared = processor(
            text=[self._placeholder * len(row) for row in seen],
            images=[list(row) for row in seen],
            padding=True,
            return_tensors="pt",
        ).to(model.device, model.dtype)
        words = {"input_ids", "attention_mask", "mm_token_type_ids"}
        inputs = {name: value for name, value in prepared.items() if name not in words}
        if "mm_token_type_ids" in prepared:
            kinds = processor.create_mm_token_type_ids(tokens.tolist())
            inputs["mm_token_type_ids"] = torch.tensor(kinds, device=model.device)
        return inputs

    def _measure(self, path: str) -> tuple[int, int]:
        return self.look(path).size

    def _try_picture(self, size: tuple[int, int], is_alone: bool) -> tuple[int, ...]:
        """Return a picture's tokens: some architectures give more to one that is alone."""
        copies = 1 if is_alone else 2
        blank = Image.new("RGB", size)
        processor = self._checkpoint.processor
        read = processor(text=[self._placeholder * copies], images=[[blank] * copies])
        opening = processor.tokenizer("")["input_ids"]
        tokens = read["input_ids"][0][len(opening) :]
        return tuple(tokens[: len(tokens) // copies])
