"""Tokens out of a model: greedy or drawn, row by row to a limit of its own, heard as they come."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from transformers import GenerationConfig, StoppingCriteriaList

from rap_engine.errors import WeightsError
from rap_engine.generate.language_model.checkpoint import Checkpoint, computing
from rap_engine.generate.language_model.settings import Decoding


@dataclass(frozen=True, slots=True)
class Listener:
    """Hears the tokens of a batch's first row after each step, and may ask to stop."""

    hear: Callable[[list[int]], None]
    wants_stop: Callable[[], bool]


# Typed in parts only, and called as if it were not.
_Settings: Any = GenerationConfig


class Decoder:
    """Runs a model. `ends` are the tokens that end an answer."""

    def __init__(self, checkpoint: Checkpoint, ends: frozenset[int]) -> None:
        self._model = checkpoint.model
        self._device = checkpoint.device
        self._ends = ends

    def decode(
        self,
        inputs: Mapping[str, Any],
        limits: Sequence[int],
        decoding: Decoding,
        listener: Listener | None = None,
    ) -> list[list[int]]:
        """Return the new tokens of each row, without those that end it.

        Args:
            inputs: what the model reads, rows padded on the left.
            limits: the most new tokens of each row.
            decoding: how to choose them.
            listener: hears those of the first row, if anybody does.

        Raises:
            OutOfMemory: the device has no room for this batch.
        """
        begin = inputs["input_ids"].shape[1]
        steps = _Steps(begin, list(limits), listener, self._cut)
        with computing(), self._seeded(decoding):
            tokens = self._model.generate(
                **inputs,
                generation_config=self._settings(decoding, max(limits)),
                stopping_criteria=StoppingCriteriaList([steps]),
            )
        rows: list[list[int]] = tokens[:, begin:].tolist()
        return [self._cut(row, limit) for row, limit in zip(rows, limits, strict=True)]

    def first_logits(self, inputs: Mapping[str, Any]) -> torch.Tensor:
        """Return the logits (rows, vocabulary), float32, of the first token of each answer.

        Raises:
            OutOfMemory: the device has no room for this batch.
        """
        with computing():
            said = self._model.generate(
                **inputs,
                generation_config=self._settings(
                    Decoding(), 1, output_logits=True, return_dict_in_generate=True
                ),
            )
        logits: torch.Tensor = said.logits[0]
        return logits.float()

    def _settings(self, decoding: Decoding, most: int, **wanted: bool) -> Any:
        is_drawn = decoding.temperature > 0
        drawing = {"temperature": decoding.temperature, "top_p": decoding.top_p, "top_k": 0}
        return _Settings(
            max_new_tokens=most,
            do_sample=is_drawn,
            eos_token_id=sorted(self._ends),
            pad_token_id=self._model.generation_config.pad_token_id,
            **(drawing if is_drawn else {}),
            **wanted,
        )

    @contextmanager
    def _seeded(self, decoding: Decoding) -> Iterator[None]:
        if decoding.seed is None:
            yield
            return
        gpus = [self._device] if self._device.type == "cuda" else []
        with torch.random.fork_rng(devices=gpus):
            torch.manual_seed(decoding.seed)
            yield

    def _cut(self, row: Sequence[int], limit: int) -> list[int]:
        kept = list(row[:limit])
        return next((kept[:at] for at, token in enumerate(kept) if token in self._ends), kept)


def ends_of(checkpoint: Checkpoint, closing: str) -> frozenset[int]:
    """Return the tokens that end an answer.

    Args:
        checkpoint: its files name some.
        closing: what its template writes after an assistant's words; the first token of it is
            another one, if it is no word.

    Raises:
        WeightsError: there is none.
    """
    tokenizer = checkpoint.processor.tokenizer
    named = checkpoint.model.generation_config.eos_token_id
    first = tokenizer(closing, add_special_tokens=False)["input_ids"][:1]
    found = {
        tokenizer.eos_token_id,
        *(named if isinstance(named, list) else [named]),
        *(token for token in first if token in tokenizer.added_tokens_decoder),
    } - {None}
    if not found:
        raise WeightsError("The checkpoint has no token that ends an answer.")
    return frozenset(found)


class _Steps:
    """A criterion for stopping: each row at its limit, all when the listener asks for it."""

    def __init__(
        self,
        begin: int,
        limits: list[int],
        listener: Listener | None,
        cut: Callable[[Sequence[int], int], list[int]],
    ) -> None:
        self._begin = begin
        self._limits = limits
        self._listener = listener
        self._cut = cut

    def __call__(self, input_ids: torch.Tensor, *_: object, **__: object) -> torch.Tensor:
        listener = self._listener
        if listener is not None:
            listener.hear(self._cut(input_ids[0, self._begin :].tolist(), self._limits[0]))
        if listener is not None and listener.wants_stop():
            return torch.ones(len(input_ids), dtype=torch.bool, device=input_ids.device)
        limits = torch.tensor(self._limits, device=input_ids.device)
        return limits <= input_ids.shape[1] - self._begin
