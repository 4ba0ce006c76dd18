"""What a frozen vision tower says of each picture, computed once and kept on disk.

In training it goes straight into the projector, which learns, so the tower need not run again.
"""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from transformers import LlavaForConditionalGeneration
from transformers.modeling_outputs import BaseModelOutputWithPooling

from rap_engine.errors import BadPhoto
from rap_engine.generate.language_model.checkpoint import Checkpoint, computing
from rap_engine.training.errors import BadPlan
from rap_engine.training.trainer.sights import LlavaPixels

_AT_ONCE: Final = 16
_LARGEST: Final = float(np.finfo(np.float16).max)


class KeptFeatures:
    """LLaVA's pictures as the input of its projector: (tokens, width), half precision, a file each.

    A file is named by the photo's content, in a folder named by all else that decides what it
    holds: the tower's weights and the way in which it and the processor are set.

    Raises:
        BadPlan: the architecture has no projector that is told apart from its tower.
    """

    mixes = True

    def __init__(self, checkpoint: Checkpoint, photos: Path, root: Path) -> None:
        if not isinstance(checkpoint.model, LlavaForConditionalGeneration):
            kind = type(checkpoint.model).__name__
            raise BadPlan(f"keep_vision_features is for LLaVA; the base is {kind}.")
        self._checkpoint = checkpoint
        self._photos = photos
        self._pixels = LlavaPixels(checkpoint, photos)
        self._folder = root / _key_of_tower(checkpoint)
        self._keys: dict[str, str] = {}

    def tokens(self, path: str, is_alone: bool) -> Sequence[int]:
        """Return what stands for any picture."""
        return self._pixels.tokens(path, is_alone)

    def look(self, path: str) -> torch.Tensor:
        """Return what is kept of a picture, (tokens, width) in half precision.

        Raises:
            BadPhoto: the tower never saw it.
            OSError: the photo cannot be read.
        """
        try:
            kept = np.load(self._file(path), allow_pickle=False)
        except (FileNotFoundError, ValueError) as error:
            raise BadPhoto("broken") from error
        return torch.from_numpy(kept)

    def inputs(
        self,
        seen: Sequence[Sequence[torch.Tensor]],
        tokens: torch.Tensor,  # noqa: ARG002
    ) -> Mapping[str, Any]:
        """Return all pictures as the language model reads them."""
        kept = [each for row in seen for each in row]
        if not kept:
            return {}
        model = self._checkpoint.model
        features = torch.stack(kept).to(model.device, model.dtype)
        projected = model.model.multi_modal_projector(features)
        seen_by_model = BaseModelOutputWithPooling(pooler_output=list(projected))
        return {"mm_encoder_outputs": {"image": seen_by_model}}

    def keep(
        self, paths: Iterable[str], on_progress: Callable[[int], None] = lambda _: None
    ) -> int:
        """Let the tower look at those pictures of which nothing is kept.

        A photo that cannot be read is passed over: whoever needs it is told by `look`.

        Args:
            paths: of the pictures.
            on_progress: told after each batch how many were looked at.

        Returns:
            how many were looked at.

        Raises:
            OutOfMemory: the device has no room for a few pictures.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        done = 0
        for batch in _by(_AT_ONCE, self._missing(paths)):
            for file, features in zip(batch, self._say(list(batch.values())), strict=True):
                _write(file, features)
            done += len(batch)
            on_progress(done)
        return done

    def pairs(
        self, paths: Iterable[tuple[str, str]]
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield what is kept of two pictures each; one that cannot be read is passed over."""
        for one, other in paths:
            try:
                yield self.look(one), self.look(other)
            except (BadPhoto, OSError):
                continue

    def _missing(self, paths: Iterable[str]) -> Iterator[tuple[Path, torch.Tensor]]:
        for path in paths:
            try:
                file = self._file(path)
                if not file.is_file():
                    yield file, self._pixels.look(path)
            except (BadPhoto, OSError):
                continue

    def _file(self, path: str) -> Path:
        if path not in self._keys:
            content = (self._photos / path).read_bytes()
            self._keys[path] = hashlib.sha256(content).hexdigest()
        key = self._keys[path]
        return self._folder / key[:2] / f"{key}.npy"

    def _say(self, pixels: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return what the projector would be given, (pictures, tokens, width)."""
        model = self._checkpoint.model
        given: list[torch.Tensor] = []

        def note(_: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> None:
            given.append(arguments[0])

        handle = model.model.multi_modal_projector.register_forward_pre_hook(note)
        try:
            with computing():
                batch = torch.stack(list(pixels)).to(model.device, model.dtype)
                model.get_image_features(pixel_values=batch)
        finally:
            handle.remove()
        return given[0]


def _key_of_tower(checkpoint: Checkpoint) -> str:
    model = checkpoint.model
    said = {
        "processor": checkpoint.processor.image_processor.to_dict(),
        "tower": model.config.vision_config.to_dict(),
        "layer": model.config.vision_feature_layer,
        "strategy": model.config.vision_feature_select_strategy,
        "precision": str(model.dtype),
    }
    digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode())
    for name, weight in sorted(model.model.vision_tower.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().contiguous().view(-1).view(torch.uint8).cpu().numpy().data)
    return digest.hexdigest()[:24]


def _by(
    size: int, found: Iterable[tuple[Path, torch.Tensor]]
) -> Iterator[dict[Path, torch.Tensor]]:
    batch: dict[Path, torch.Tensor] = {}
    for file, pixels in found:
        batch[file] = pixels
        if len(batch) == size:
            yield batch
            batch = {}
    if batch:
        yield batch


def _write(file: Path, features: torch.Tensor) -> None:
    halves = features.float().clamp(-_LARGEST, _LARGEST).to("cpu", torch.float16).numpy()
    file.parent.mkdir(exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    with part.open("wb") as stream:
        np.save(stream, halves, allow_pickle=False)
    part.replace(file)
