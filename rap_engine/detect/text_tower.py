"""Words as YOLO-World compares regions with them: features of the text tower of CLIP ViT-B/32."""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

import torch
from torch.nn.functional import normalize

from rap_engine.errors import WeightsCorrupt
from rap_engine.torch_runtime import (
    fill,
    import_torchvision,
    precision_of,
    read_config,
    read_tensors,
)

WIDTH = 512
MOST_TOKENS = 16
"""Of a word, its two marks included. CLIP has room for 77, but a tower that looks only back gives
the same features without the empty ones behind the last, in a sixth of the time."""
_KEPT_WORDS = 4096
_POSITIONS = "positional_embedding"
_OTHER_PARTS = ("visual.", "logit_scale", "logit_bias")


class TextTower:
    """Turns words into features (paper, section 3.2: the vocabulary of the detector R).

    Features are kept by word, so a vocabulary costs the words that were not seen before. The image
    tower of the same file is not loaded.

    Args:
        folder: a CLIP model in open_clip's hub layout.
        device: where it runs.

    Raises:
        WeightsError: its files are missing, or not those of such a model.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        import_torchvision()
        from open_clip import SimpleTokenizer  # noqa: PLC0415

        self._device = device
        self._tokens = SimpleTokenizer(context_length=MOST_TOKENS)
        self._tower = _load(folder).eval().to(device, precision_of(device))
        self._known: OrderedDict[str, torch.Tensor] = OrderedDict()
        self._lock = Lock()

    def features(self, words: Sequence[str]) -> torch.Tensor:
        """Return (words, 512), float32, unit length, on the device."""
        with self._lock:
            new = [word for word in words if word not in self._known]
            if new:
                self._known.update(zip(new, self._embed(new), strict=True))
            found = torch.stack([self._known[word] for word in words])
            for word in words:
                self._known.move_to_end(word)
            while len(self._known) > _KEPT_WORDS:
                self._known.popitem(last=False)
        return found

    @torch.inference_mode()
    def _embed(self, words: list[str]) -> torch.Tensor:
        return normalize(self._tower(self._tokens(words).to(self._device)).float(), dim=-1)


def _load(folder: Path) -> torch.nn.Module:
    from open_clip.model import _build_text_tower  # noqa: PLC0415

    description, file = folder / "open_clip_config.json", folder / "open_clip_model.safetensors"
    try:
        config = read_config(description)["model_cfg"]
        tower: torch.nn.Module = _build_text_tower(
            WIDTH,
            config["text_cfg"] | {"context_length": MOST_TOKENS},
            config.get("quick_gelu", False),
        )
    except (KeyError, TypeError) as error:
        raise WeightsCorrupt(f"{description} describes no CLIP model: {error}") from error
    tensors = read_tensors(file, _name_in_tower)
    if _POSITIONS in tensors:
        tensors[_POSITIONS] = tensors[_POSITIONS][:MOST_TOKENS]
    fill(tower, tensors, file)
    return tower


def _name_in_tower(name: str) -> str | None:
    """A model with towers of its own puts `text.` before the names, OpenAI's does not."""
    return None if name.startswith(_OTHER_PARTS) else name.removeprefix("text.")
