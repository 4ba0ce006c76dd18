"""Generators whose figures are known beforehand."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from rap_engine.errors import OutOfMemory
from rap_engine.generate import Generated, GenerationRequest, Pair
from rap_engine.generate.language_model.errors import QuestionTooLong
from rap_engine.images import open_kept
from rap_engine.types import Reference


class Says:
    """Says the same to everything; remembers what it was asked."""

    name = "says"

    def __init__(self, words: str) -> None:
        self._words = words
        self.asked: list[GenerationRequest] = []

    def generate(self, request: GenerationRequest) -> Generated:
        self.asked.append(request)
        return Generated(self._words)


class Looks:
    """Compares colours: says yes to a reference of the photo's colour, and names it."""

    name = "looks"

    def generate(self, request: GenerationRequest) -> Generated:
        if request.photo is None:
            return Generated("I was told nothing.")
        same = [each for each in request.references if _odds(request.photo, each) > 0]
        if request.question.startswith("Is "):
            return Generated("Yes." if same else "No.")
        return Generated(f"A photo of {' and '.join(each.name for each in same) or 'nobody'}.")

    def same(self, pairs: Sequence[Pair]) -> list[float]:
        return [_odds(pair.crop, pair.reference) for pair in pairs]


class Broken(Says):
    """A model of no numbers, which says no."""

    def __init__(self) -> None:
        super().__init__("No.")

    def same(self, pairs: Sequence[Pair]) -> list[float]:
        return [math.nan] * len(pairs)


class Cramped:
    """Has room for two questions at once, and none for a question about luna."""

    name = "cramped"

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def generate(self, request: GenerationRequest) -> Generated:
        return self.generate_many([request])[0]

    def generate_many(self, requests: Sequence[GenerationRequest]) -> list[Generated]:
        self.sizes.append(len(requests))
        if len(requests) > 2:
            raise OutOfMemory("no room")
        if any("luna" in request.question for request in requests):
            raise QuestionTooLong("luna")
        return [Generated("Yes.") for _ in requests]


def _odds(photo: Image.Image, reference: Reference) -> float:
    one, other = _colour(photo), _colour(open_kept(reference.photo))
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other)) - 0.9


def _colour(photo: Image.Image) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    middle: np.ndarray[tuple[int], np.dtype[np.float64]] = (
        np.asarray(photo, np.float64).mean(axis=(0, 1)) - 127.5
    )
    return middle
