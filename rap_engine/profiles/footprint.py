"""How much memory a profile will want, told before anything of it is loaded."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Final

from config.settings import Quantization
from rap_engine.checkpoints import Source, WeightsStore
from rap_engine.checkpoints.safetensors_file import open_safetensors
from rap_engine.profiles.recipe import Recipe, TransformersRecipe

GIB: Final = 1 << 30
BYTES_A_PARAMETER: Final[dict[Quantization, float]] = {"none": 2.0, "8bit": 1.0, "4bit": 0.6}
"""On a GPU: half precision, int8 and nf4 with its scales (LLaVA-1.5-13B: 26.7, 13 and 8 GB)."""
BYTES_ON_CPU: Final = 4.0
WORKING_BYTES: Final = 2 * GIB
"""Nominal: keys and values of 2,048 tokens of a 13B model (1.7 GB) and activations."""
PERCEPTION_PARAMETERS: Final = 0.6e9
"""Nominal, before they are fetched: YOLO-World x, its text tower and CLIP ViT-L/14-336."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Parameters of a profile by what may be quantized: the language model, and all else."""

    language: float
    perception: float

    def on_gpu(self, quantization: Quantization) -> float:
        """Return the bytes of device memory that the profile wants."""
        language = self.language * BYTES_A_PARAMETER[quantization]
        return language + self.perception * BYTES_A_PARAMETER["none"] + WORKING_BYTES

    def on_cpu(self) -> float:
        """Return the bytes of main memory that the profile wants without a GPU."""
        return (self.language + self.perception) * BYTES_ON_CPU + WORKING_BYTES


def footprint_of(recipe: Recipe, store: WeightsStore) -> Footprint | None:
    """Return a profile's footprint; None where it has no weights to fetch and fits anywhere.

    Counted from the weights where they are there, else the recipe's own estimate.

    Raises:
        CheckpointUnreadable: a file of the weights is not whole.
    """
    sources = list(recipe.sources())
    if not sources:
        return None
    language = 0.0
    if isinstance(recipe.generator, TransformersRecipe):
        sources.remove(recipe.generator.source)
        estimate = (recipe.generator.parameters or 0.0) * 1e9
        language = _parameters(store, recipe.generator.source) or estimate
    counted = [_parameters(store, source) for source in sources]
    known = all(count is not None for count in counted)
    perception = sum(count or 0.0 for count in counted) if known else PERCEPTION_PARAMETERS
    return Footprint(language, perception)


def _parameters(store: WeightsStore, source: Source) -> float | None:
    if not store.is_ready(source):
        return None
    return float(sum(_numbers_in(file) for file in store.ready(source).glob("*.safetensors")))


def _numbers_in(file: Path) -> int:
    """Count the numbers in a safetensors file by its header alone."""
    with open_safetensors(file) as opened:
        return sum(prod(info.shape) for info in opened.tensors.values())
