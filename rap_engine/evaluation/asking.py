"""Many questions to one generator, a few at once where it can."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Protocol, TypeVar, runtime_checkable

from rap_engine.errors import BadInput, OutOfMemory
from rap_engine.generate import Generated, GenerationRequest, Generator, Pair, Verifier

AT_ONCE: Final = 8
"""Questions in memory at once, each with its photo and references."""

T = TypeVar("T")
R = TypeVar("R")


@runtime_checkable
class Batched(Protocol):
    """A generator that answers several questions in one pass."""

    def generate_many(self, requests: Sequence[GenerationRequest]) -> list[Generated]:
        """Return the answers, in order."""


def answers_to(generator: Generator, requests: Iterable[GenerationRequest]) -> list[str]:
    """Return the answers' words; "" where a question does not fit the generator's context.

    Raises:
        OutOfMemory: the device has no room for a single question.
    """
    return _in_parts(requests, lambda some: _answered(generator, some))


def log_odds_of(verifier: Verifier, pairs: Iterable[Pair]) -> list[float]:
    """Return the log odds of yes of each pair.

    Raises:
        OutOfMemory: the device has no room for a few pairs.
        BadInput: a pair does not fit the generator's context.
    """
    return _in_parts(pairs, verifier.same)


def _in_parts(items: Iterable[T], ask: Callable[[Sequence[T]], Sequence[R]]) -> list[R]:
    return [said for some in _parts(items) for said in ask(some)]


def _parts(items: Iterable[T]) -> Iterator[list[T]]:
    left = iter(items)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _answered(generator: Generator, requests: Sequence[GenerationRequest]) -> list[str]:
    """Answer them in one pass, or in smaller ones where that is too much."""
    try:
        if isinstance(generator, Batched):
            return [each.text for each in generator.generate_many(requests)]
        return [generator.generate(each).text for each in requests]
    except OutOfMemory:
        if len(requests) == 1:
            raise
    except BadInput:
        # One of them does not fit the context: only that one has no answer.
        if len(requests) == 1:
            return [""]
    half = len(requests) // 2
    return [*_answered(generator, requests[:half]), *_answered(generator, requests[half:])]
