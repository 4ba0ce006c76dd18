"""Generators for tests, and what they are looked at through."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from rap_engine.generate import GenerationRequest
from rap_engine.generate.conversation import rap_conversation
from rap_engine.generate.language_model import Budget, Decoding, LanguageModelGenerator
from rap_engine.generate.language_model.checkpoint import Checkpoint, load_checkpoint
from rap_engine.generate.language_model.decoding import Decoder
from rap_engine.generate.language_model.features import Inputs
from rap_engine.generate.language_model.template import ChatTemplate, Rendered
from tests.models.llava import CONTEXT

BUDGET = Budget(context=CONTEXT, max_references=3, max_new_tokens=16)
_WORDY = Budget(context=CONTEXT, max_references=3, max_new_tokens=64)


def load(
    folder: Path,
    *,
    is_rap: bool = True,
    budget: Budget = BUDGET,
    decoding: Decoding | None = None,
) -> LanguageModelGenerator:
    """Load a generator on the CPU."""
    return around(checkpoint_of(folder), is_rap=is_rap, budget=budget, decoding=decoding)


def around(
    checkpoint: Checkpoint,
    *,
    is_rap: bool = True,
    boxes_are_padded: bool = False,
    budget: Budget = BUDGET,
    decoding: Decoding | None = None,
) -> LanguageModelGenerator:
    """Return a generator of a loaded checkpoint."""
    return LanguageModelGenerator(
        "tiny",
        checkpoint,
        is_rap=is_rap,
        boxes_are_padded=boxes_are_padded,
        budget=budget,
        decoding=decoding or Decoding(),
    )


def checkpoint_of(folder: Path) -> Checkpoint:
    """Load model and processor on the CPU."""
    return load_checkpoint(folder, "cpu", "none")


def rendered(checkpoint: Checkpoint, request: GenerationRequest) -> Rendered:
    """Return a request as RAP's checkpoints read it."""
    return ChatTemplate(checkpoint.processor).render(rap_conversation(request))


def first_logits(
    checkpoint: Checkpoint, inputs: Inputs, *requests: GenerationRequest
) -> torch.Tensor:
    """Return the logits (requests, vocabulary) of the first token of each answer."""
    decoder = Decoder(checkpoint, frozenset({checkpoint.processor.tokenizer.eos_token_id}))
    return decoder.first_logits(inputs.read([rendered(checkpoint, one) for one in requests]))


@dataclass
class Looks:
    """How many pictures each pass of a vision tower saw."""

    pictures: list[int] = field(default_factory=list)


@contextmanager
def watched(tower: torch.nn.Module) -> Iterator[Looks]:
    """Count what a vision tower looks at."""
    looks = Looks()

    def note(_: torch.nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        pixels = arguments[0] if arguments else named["pixel_values"]
        looks.pictures.append(len(pixels))

    handle = tower.register_forward_pre_hook(note, with_kwargs=True)
    try:
        yield looks
    finally:
        handle.remove()


class Parrot:
    """A model that always says the same words."""

    dtype = torch.float32

    def __init__(self, tokenizer: Any, words: str, generation_config: Any) -> None:
        said = tokenizer(words, add_special_tokens=False)["input_ids"]
        self._said = torch.tensor([*said, tokenizer.eos_token_id])
        self.generation_config = generation_config
        self.asked: list[str] = []
        self._tokenizer = tokenizer

    def generate(self, input_ids: torch.Tensor, **_: object) -> torch.Tensor:
        """Return the prompt with the words behind it."""
        self.asked += self._tokenizer.batch_decode(input_ids)
        return torch.cat([input_ids, self._said.expand(len(input_ids), -1)], dim=1)


def parrot(
    folder: Path, words: str, *, is_rap: bool = True, boxes_are_padded: bool = False
) -> tuple[LanguageModelGenerator, Parrot]:
    """Return a generator whose model says the same to everybody, and the model."""
    real = checkpoint_of(folder)
    model = Parrot(real.processor.tokenizer, words, real.model.generation_config)
    checkpoint = Checkpoint(model, real.processor, real.device)
    generator = around(checkpoint, is_rap=is_rap, boxes_are_padded=boxes_are_padded, budget=_WORDY)
    return generator, model
