"""The loss of a batch of lessons, and its gradients, a few lessons at once.

The loss is the mean over all tokens of a step that are to be learned (next-token cross-entropy on
the answers alone, paper, section 4.1), however the step is cut into micro-batches and ranks.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch.nn.functional import cross_entropy

from rap_engine.training.trainer.examples import Example
from rap_engine.training.trainer.flipping import flipped
from rap_engine.training.trainer.sights import Sight

Precision = Literal["bf16", "float32"]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Rows padded on the right.

    Attributes:
        tokens: (rows, tokens).
        mask: (rows, tokens), 1 where there is a token.
        learned: (rows, tokens), whether a token is to be learned.
    """

    tokens: torch.Tensor
    mask: torch.Tensor
    learned: torch.Tensor


def batch_of(examples: Sequence[Example], padding: int, device: torch.device) -> Batch:
    """Return examples as one batch; `padding` is the token that fills up."""
    longest = max(len(each.lesson.tokens) for each in examples)
    tokens = torch.full((len(examples), longest), padding, dtype=torch.int64)
    mask = torch.zeros_like(tokens)
    learned = torch.zeros_like(tokens, dtype=torch.bool)
    for row, each in enumerate(examples):
        count = len(each.lesson.tokens)
        tokens[row, :count] = torch.tensor(each.lesson.tokens)
        mask[row, :count] = 1
        for start, end in each.lesson.spans:
            learned[row, start:end] = True
    return Batch(tokens.to(device), mask.to(device), learned.to(device))


class Teacher:
    """Computes losses of one model.

    Args:
        model: the base, with whatever was put round its layers.
        sight: gives it its pictures.
        padding: the token that fills up.
        precision: of the computation; what learns is float32 all the same.
        sign_flips: chance that a lesson that is learned from has its discriminants flipped, 0..1.
    """

    def __init__(
        self,
        model: Any,
        sight: Sight,
        padding: int,
        precision: Precision,
        sign_flips: float = 0.0,
    ) -> None:
        self._sign_flips = sign_flips
        self._model = model
        self._sight = sight
        self._padding = padding
        self._precision = precision

    def learn(self, examples: Sequence[Example], micro_batch: int, tokens: int) -> torch.Tensor:
        """Add the gradients of a step's loss.

        Args:
            examples: of the step, on this rank.
            micro_batch: how many at once.
            tokens: that are to be learned, on all ranks.

        Returns:
            this rank's share of the loss, float32.

        Raises:
            torch.OutOfMemoryError: the device has no room for a micro-batch; some gradients are
                added already.
        """
        share = torch.zeros((), device=self._model.device)
        for chunk in self._chunks(examples, micro_batch):
            with flipped(self._model, [len(each.pictures) for each in chunk], self._sign_flips):
                loss = self.loss_sum(chunk) / max(1, tokens)
            loss.backward()
            share += loss.detach()
        return share

    @torch.no_grad()
    def measure(self, examples: Sequence[Example], micro_batch: int) -> torch.Tensor:
        """Return the sum of the loss over all tokens that are to be learned, float32."""
        total = torch.zeros((), device=self._model.device)
        for chunk in self._chunks(examples, micro_batch):
            total += self.loss_sum(chunk)
        return total

    def loss_sum(self, examples: Sequence[Example]) -> torch.Tensor:
        """Return the sum of the loss over the tokens of a micro-batch that are to be learned."""
        batch = batch_of(examples, self._padding, self._model.device)
        # A token is predicted from the one before it.
        places = batch.learned[:, 1:]
        with self._autocast(), self._head_at(places):
            logits = self._model(
                input_ids=batch.tokens,
                attention_mask=batch.mask,
                use_cache=False,
                **self._sight.inputs([each.pictures for each in examples], batch.tokens),
            ).logits
        return cross_entropy(logits[0].float(), batch.tokens[:, 1:][places], reduction="sum")

    def _chunks(self, examples: Sequence[Example], size: int) -> Iterator[Sequence[Example]]:
        parts = [examples]
        if not self._sight.mixes:
            parts = [
                [each for each in examples if bool(each.pictures) is has_pictures]
                for has_pictures in (True, False)
            ]
        for part in parts:
            yield from (part[at : at + size] for at in range(0, len(part), size))

    def _autocast(self) -> AbstractContextManager[Any]:
        if self._precision == "float32":
            return nullcontext()
        return torch.autocast(self._model.device.type, torch.bfloat16)

    @contextmanager
    def _head_at(self, places: torch.Tensor) -> Iterator[None]:
        """Have the head look at some places (rows, tokens - 1) alone: logits (1, places, words).

        Most of a prompt is not to be learned, and a head over all words is a large part of a small
        model's work. What a model does to its logits is done to these.
        """

        def gather(_: torch.nn.Module, arguments: tuple[torch.Tensor, ...]) -> torch.Tensor:
            return arguments[0][:, :-1][places][None]

        handle = self._model.get_output_embeddings().register_forward_pre_hook(gather)
        try:
            yield
        finally:
            handle.remove()
