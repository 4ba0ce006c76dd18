"""How fast an answer comes: first token and further tokens, against what memory allows at best.

Usage: PYTHONPATH=. python benchmarks/generation.py [llava-13b | phi3-v | small] [K] [TOKENS]
Weights are random, of the published models' shapes; in half precision on a GPU, in float32 on a
CPU, where only `small` is of use. A step can be no faster than its weights are read: "floor" is the
time for that, at the bandwidth of a large copy in the same run. The cache of keys and values is
read too, and is not part of the floor.

Further steps are the same work whether features were computed or reused: where their times differ,
or the spread (slowest round over fastest) is far from 1, something else used the device meanwhile,
and the run tells nothing. Rounds of the two alternate, so that it meets both.
"""

import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from rap_engine import torch_runtime

torch_runtime.import_torchvision()

import torch  # noqa: E402
from transformers import (  # noqa: E402
    CLIPVisionConfig,
    GenerationConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    Phi3Config,
)
from transformers.modeling_outputs import BaseModelOutputWithPooling  # noqa: E402

from rap_engine.generate.language_model.checkpoint import Checkpoint, computing  # noqa: E402
from rap_engine.generate.language_model.decoding import Decoder  # noqa: E402
from rap_engine.generate.language_model.settings import Decoding  # noqa: E402

ROUNDS: Final = 5
_AGREES, _EVEN = 1.1, 1.3
WORDS: Final = 120
"""Tokens of a prompt that are no picture."""
_VISION: Final = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24}
_END = 2


@dataclass(frozen=True, slots=True)
class Shape:
    """A model's sizes."""

    text: Any
    vision: dict[str, Any]
    side_px: int = 336

    @property
    def image_tokens(self) -> int:
        """Tokens of a picture."""
        return (self.side_px // 14) ** 2


SHAPES: Final = {
    "llava-13b": lambda: Shape(
        LlamaConfig(
            vocab_size=32064,
            hidden_size=5120,
            intermediate_size=13824,
            num_hidden_layers=40,
            num_attention_heads=40,
            max_position_embeddings=4096,
        ),
        _VISION | {"num_attention_heads": 16},
    ),
    "phi3-v": lambda: Shape(
        Phi3Config(vocab_size=32064, pad_token_id=0, eos_token_id=_END),
        _VISION | {"num_attention_heads": 16},
    ),
    "small": lambda: Shape(
        LlamaConfig(
            vocab_size=2048,
            hidden_size=256,
            intermediate_size=688,
            num_hidden_layers=4,
            num_attention_heads=4,
            max_position_embeddings=4096,
        ),
        {
            "hidden_size": 128,
            "intermediate_size": 512,
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
        },
        side_px=112,
    ),
}


def _build(shape: Shape, device: torch.device) -> Checkpoint:
    config = LlavaConfig(
        text_config=shape.text,
        vision_config=CLIPVisionConfig(image_size=shape.side_px, patch_size=14, **shape.vision),
        image_token_id=shape.text.vocab_size - 1,
    )
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch_runtime.precision_of(device))
    try:
        with device:
            model: Any = LlavaForConditionalGeneration(config)
    finally:
        torch.set_default_dtype(before)
    model.eval().requires_grad_(False)
    # A token whose logit is never the highest: no answer ends before its last step.
    with torch.no_grad():
        model.lm_head.weight[_END] = 0
    model.generation_config = GenerationConfig(eos_token_id=_END, pad_token_id=0)
    return Checkpoint(model, None, device)


@dataclass(frozen=True, slots=True)
class Bench:
    """A model with questions of one photo and some references each."""

    checkpoint: Checkpoint
    shape: Shape
    references: int

    def inputs(self, batch: int, *, reuses: bool) -> dict[str, Any]:
        """Look at the photos, and at the references unless their features are reused."""
        model, device = self.checkpoint.model, self.checkpoint.device
        pictures = 1 + self.references
        looked_at = batch * (1 if reuses else pictures)
        side = self.shape.side_px
        with computing():
            pixels = torch.zeros(looked_at, 3, side, side, device=device, dtype=model.dtype)
            seen = list(model.get_image_features(pixel_values=pixels).pooler_output)
        # As if kept from a question before: any numbers do.
        seen += [seen[0]] * (batch * pictures - looked_at)
        image, words = model.config.image_token_id, torch.full((WORDS,), 5, device=device)
        row = torch.cat([torch.full((pictures * len(seen[0]),), image, device=device), words])
        ids = row.repeat(batch, 1)
        features: Any = seen
        return {
            "input_ids": ids,
            "attention_mask": torch.ones_like(ids),
            "mm_encoder_outputs": {"image": BaseModelOutputWithPooling(pooler_output=features)},
        }

    def answer_s(self, batch: int, tokens: int, *, reuses: bool) -> float:
        """Return the time of answers of so many tokens, looking included."""
        decoder = Decoder(self.checkpoint, frozenset({_END}))
        _wait(self.checkpoint.device)
        begun = time.perf_counter()
        inputs = self.inputs(batch, reuses=reuses)
        said = decoder.decode(inputs, [tokens] * batch, Decoding())
        _wait(self.checkpoint.device)
        assert all(len(row) == tokens for row in said)
        return time.perf_counter() - begun


@dataclass(slots=True)
class Timed:
    """Rounds of one way to answer: times in seconds, the highest memory in bytes."""

    first: list[float] = field(default_factory=list)
    step: list[float] = field(default_factory=list)
    peak: int = 0

    @property
    def spread(self) -> float:
        """The slowest round's step over the fastest's."""
        return max(self.step) / min(self.step)


def _time(bench: Bench, batch: int, tokens: int) -> dict[bool, Timed]:
    """Return what was measured with features computed (False) and reused (True)."""
    device = bench.checkpoint.device
    timed = {reuses: Timed() for reuses in (False, True)}
    for reuses in timed:
        bench.answer_s(batch, 2, reuses=reuses)
    for _ in range(ROUNDS):
        for reuses, one in timed.items():
            _forget_peak(device)
            first = bench.answer_s(batch, 1, reuses=reuses)
            whole = bench.answer_s(batch, tokens, reuses=reuses)
            one.first.append(first)
            one.step.append((whole - first) / (tokens - 1))
            one.peak = max(one.peak, _peak_bytes(device))
    return timed


def _median_s(work: Callable[[], object], device: torch.device) -> float:
    work()
    taken = []
    for _ in range(ROUNDS):
        _wait(device)
        begun = time.perf_counter()
        work()
        _wait(device)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _bandwidth(device: torch.device) -> float:
    """Return bytes a second, read and written, of a copy that fits no cache."""
    size = 1 << (30 if device.type == "cuda" else 27)
    source = torch.ones(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2 * size / _median_s(lambda: target.copy_(source), device)


def _step_bytes(model: Any) -> int:
    """Return the bytes of the weights that each step reads: all layers and the head."""
    parts = (model.model.language_model.layers, model.model.language_model.norm, model.lm_head)
    return sum(weight.nbytes for part in parts for weight in part.parameters())


def _forget_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Print one table."""
    name = sys.argv[1].lstrip("-") if len(sys.argv) > 1 else "llava-13b"
    references = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    tokens = int(sys.argv[3]) if len(sys.argv) > 3 else 32
    device = torch_runtime.device_of("auto")
    if device.type == "cpu":
        # Threads that wait for each other on busy cores measure the other work.
        torch.set_num_threads(1)
    shape = SHAPES[name]()
    bench = Bench(_build(shape, device), shape, references)
    on = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    bandwidth = _bandwidth(device)
    floor_s = _step_bytes(bench.checkpoint.model) / bandwidth
    prompt = (1 + references) * shape.image_tokens + WORDS
    write = sys.stdout.write
    disturbed: list[int] = []
    write(
        f"{name} on {on}, {bench.checkpoint.model.dtype}, one photo and {references} references,"
        f" {prompt} tokens of prompt\n"
        f"copy: {bandwidth / 1e9:.0f} GB/s, so a step takes {floor_s * 1e3:.2f} ms at the least\n\n"
        "| batch | features | first token, ms | tokens/s | step, ms | step / floor | spread"
        " | peak, GB |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    for batch in (1, 8):
        timed = _time(bench, batch, tokens)
        for reuses, one in timed.items():
            first, step = statistics.median(one.first), statistics.median(one.step)
            write(
                f"| {batch} | {'reused' if reuses else 'computed'} | {first * 1e3:.0f}"
                f" | {batch / step:.1f} | {step * 1e3:.2f} | {step / floor_s:.2f}"
                f" | {one.spread:.2f} | {one.peak / 1e9:.1f} |\n"
            )
        steps = [statistics.median(one.step) for one in timed.values()]
        is_even = max(one.spread for one in timed.values()) < _EVEN
        if max(steps) > _AGREES * min(steps) or not is_even:
            disturbed.append(batch)
    if disturbed:
        write(f"\nDisturbed at batch {disturbed}: the same work took different times.\n")


if __name__ == "__main__":
    main()
