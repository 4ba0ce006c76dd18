"""Novel views of a thing, from a diffusion model that is shown the crop (paper, section 3.4)."""

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import torch
from PIL import Image

from rap_engine.torch_runtime import device_of, memory_guarded
from rap_engine.training.augment.change import plain
from rap_engine.training.augment.pipeline_files import load_pipeline

_WORDS: Final = "a photo of the same {category}, seen from another side"
_UNWANTED: Final = "drawing, text, several, deformed"


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """How far a view may be from its crop.

    Attributes:
        strength: Share of the way to noise from which a view is drawn anew, above 0 to 1. More is
            another pose; too much is another individual.
        steps: Of the whole way from noise to a photo; `strength` of them are gone.
        guidance: How much the words count (arXiv 2207.12598); 1 leaves out what is unwanted.
    """

    strength: float = 0.45
    steps: int = 30
    guidance: float = 6.0

    def __post_init__(self) -> None:
        if not 0 < self.strength <= 1 or int(self.steps * self.strength) < 1:
            raise ValueError(f"not a single step: {self.strength} of {self.steps}")


class NovelViews:
    """Makes novel views with an image-to-image pipeline of diffusers.

    Args:
        folder: the pipeline as diffusers saves it, its weights as safetensors.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        settings: how far views may be from their crops.

    Raises:
        WeightsError: as `load_pipeline`.
        OutOfMemory: the device has no room for the pipeline.
    """

    def __init__(
        self, folder: Path, *, device: str = "auto", settings: ViewSettings | None = None
    ) -> None:
        self._settings = settings or ViewSettings()
        self._pipeline = load_pipeline(folder, device_of(device))
        self._grid = int(self._pipeline.vae_scale_factor)
        self._side = int(self._pipeline.unet.config.sample_size) * self._grid

    def __call__(self, crop: Image.Image, rng: Random, category: str) -> Image.Image:
        """Return a view of what the crop shows, in the crop's size.

        Args:
            crop: of any mode.
            rng: seeds the noise.
            category: what it is: "dog".

        Raises:
            OutOfMemory: the device has no room for it.
        """
        photo = plain(crop)
        # Noise is drawn on the CPU: a GPU's would be another one with the same seed.
        noise = torch.Generator("cpu").manual_seed(rng.getrandbits(63))
        with memory_guarded():
            made = self._pipeline(
                prompt=_WORDS.format(category=category or "thing"),
                negative_prompt=_UNWANTED,
                image=photo.resize(self._size_for(photo), Image.Resampling.LANCZOS),
                strength=self._settings.strength,
                num_inference_steps=self._settings.steps,
                guidance_scale=self._settings.guidance,
                generator=noise,
            )
        if any(getattr(made, "nsfw_content_detected", None) or ()):
            return photo  # what the pipeline's own checker holds back is black
        view: Image.Image = made.images[0]
        return view.convert("RGB").resize(photo.size, Image.Resampling.LANCZOS)

    def _size_for(self, photo: Image.Image) -> tuple[int, int]:
        """Return the size that the model was trained on, in the photo's proportions."""
        scale = self._side / max(photo.size)
        width, height = (max(round(side * scale / self._grid), 1) for side in photo.size)
        return width * self._grid, height * self._grid
