"""What of a request a model's context has room for.

Most of a context is pictures: 576 tokens each for LLaVA-1.5. The room left for words decides how
many references come along (the paper's K, section 4.1: 2 in 2,048 tokens, 3 in 4,096).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rap_engine.generate.composed.recall import shorten
from rap_engine.generate.conversation import Message
from rap_engine.generate.language_model.counting import Counter
from rap_engine.generate.language_model.errors import QuestionTooLong
from rap_engine.generate.language_model.settings import Budget
from rap_engine.generate.protocol import GenerationRequest
from rap_engine.types import Reference

# An answer is not cut shorter than this to make room for a long question.
SHORTEST_ANSWER: Final = 32
_SHORTEST_INFO: Final = 12

Compose = Callable[[GenerationRequest], Sequence[Message]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A request that fits, and the tokens that its answer may have."""

    request: GenerationRequest
    max_new_tokens: int


@dataclass(frozen=True, slots=True)
class Fitter:
    """Drops what the context has no room for, what matters least first."""

    counter: Counter
    budget: Budget
    compose: Compose

    def fit(self, request: GenerationRequest) -> Fitted:
        """Return the request with the references and earlier turns that fit.

        References go from the end, for the most important come first; the only one left has its
        info shortened before it goes. Earlier turns get what is left, the newest first.

        Raises:
            QuestionTooLong: the question fills the context by itself.
        """
        longest = self._longest_answer(request)
        # As for an answer of full length: a small request is one of fewer pictures, not of more.
        room = self.budget.context - self.budget.max_new_tokens - self.budget.history_tokens
        bare = replace(request, history=(), references=self._allowed(request.references))
        chosen = replace(bare, references=self._fitting(bare, room))
        if request.is_small:
            half = max(1, len(chosen.references) // 2)
            chosen = replace(chosen, references=chosen.references[:half])
        told = self._with_history(chosen, request, self.budget.context - longest)
        left = self.budget.context - self._tokens(told)
        if left < min(longest, SHORTEST_ANSWER):
            raise QuestionTooLong(
                f"The question leaves {left} of {self.budget.context} tokens for its answer."
            )
        return Fitted(told, min(longest, left))

    def fit_info(
        self, reference: Reference, messages_of: Callable[[Reference], Sequence[Message]]
    ) -> Reference:
        """Shorten a reference's info until a one-token answer has room in the context.

        Raises:
            QuestionTooLong: there is no room even without the info.
        """
        fits = _Room(self.counter, self.budget.context - 1).has
        shorter = _shortened(reference, lambda one: fits(messages_of(one)))
        if shorter is None:
            raise QuestionTooLong(f"Two photos do not fit {self.budget.context} tokens.")
        return shorter

    def _longest_answer(self, request: GenerationRequest) -> int:
        longest = self.budget.max_new_tokens
        return max(1, longest // 2) if request.is_small else longest

    def _allowed(self, references: tuple[Reference, ...]) -> tuple[Reference, ...]:
        return references[: self.budget.max_references]

    def _fitting(self, request: GenerationRequest, room: int) -> tuple[Reference, ...]:
        references = request.references

        def fits(some: tuple[Reference, ...]) -> bool:
            return self._tokens(replace(request, references=some)) <= room

        while len(references) > 1 and not fits(references):
            references = references[:-1]
        if len(references) != 1:
            return references
        shorter = _shortened(references[0], lambda one: fits((one,)))
        return () if shorter is None else (shorter,)

    def _with_history(
        self, chosen: GenerationRequest, request: GenerationRequest, room: int
    ) -> GenerationRequest:
        for turns in range(1, len(request.history) + 1):
            longer = replace(chosen, history=request.history[-turns:])
            if self._tokens(longer) > room:
                return replace(chosen, history=request.history[len(request.history) - turns + 1 :])
        return replace(chosen, history=request.history)

    def _tokens(self, request: GenerationRequest) -> int:
        return self.counter.count(self.compose(request))


@dataclass(frozen=True, slots=True)
class _Room:
    counter: Counter
    tokens: int

    def has(self, messages: Sequence[Message]) -> bool:
        return self.counter.count(messages) <= self.tokens


def _shortened(reference: Reference, fits: Callable[[Reference], bool]) -> Reference | None:
    """Return the reference with as much of its info as fits, None if it does not fit without."""
    if fits(reference):
        return reference
    low, high = 0, len(reference.info)
    while high - low > _SHORTEST_INFO:
        middle = (low + high) // 2
        if fits(replace(reference, info=shorten(reference.info, middle))):
            low = middle
        else:
            high = middle
    kept = replace(reference, info=shorten(reference.info, low) if low else "")
    return kept if low or fits(kept) else None
