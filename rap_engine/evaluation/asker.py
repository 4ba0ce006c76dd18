"""What generators are asked, and which references they are given with it.

Paper, section 4: the K nearest concepts come along, whatever their distance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from rap_engine.evaluation.gallery import Gallery, opened
from rap_engine.evaluation.told import ToldQuestion
from rap_engine.evaluation.variants import Variant
from rap_engine.generate import ComposedGenerator, GenerationRequest, Generator, Pair
from rap_engine.generate.prompt import CAPTION, IS_THERE, IS_THERE_IN_A_WORD
from rap_engine.profiles import Recipe
from rap_engine.profiles.recipe import ComposedRecipe
from rap_engine.retrieve.names import named_in
from rap_engine.types import Reference

# It takes all that there are, and the rest is cut off; recipes say what models take.
_COMPOSED_REFERENCES: Final = 8


def most_references(recipe: Recipe) -> int:
    """Return how many references a profile's generator is given at most: the paper's K."""
    generator = recipe.generator
    if isinstance(generator, ComposedRecipe):
        return _COMPOSED_REFERENCES
    return generator.max_references


Check = Callable[[], None]


def nothing() -> None:
    """Let the measuring go on."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Puts questions about photos of a gallery, in one variant.

    Attributes:
        gallery: The photos, looked at.
        variant: How they are asked about.
        most: How many references come along at most.
        seed: Shuffles the photos.
        check: Called before each question; what it raises ends the measuring.
    """

    gallery: Gallery
    variant: Variant
    most: int
    seed: int
    check: Check = nothing

    def caption(self, photo: Path, expected: Sequence[str]) -> GenerationRequest:
        """Ask for a caption of a photo that shows the expected concepts."""
        return self._request(CAPTION, photo, self._retrieved(photo, expected))

    def recognition(self, photo: Path, concept_id: int, generator: Generator) -> GenerationRequest:
        """Ask whether a concept is in a photo, with its own reference alone."""
        name = self.gallery.concepts[concept_id].told.name
        # It reads questions as people put them; to it, the longer one would be one of two facts.
        is_composed = isinstance(generator, ComposedGenerator)
        question = (IS_THERE if is_composed else IS_THERE_IN_A_WORD).format(name=name)
        return self._request(question, photo, (self._seen(photo, concept_id),))

    def pair(self, photo: Path, concept_id: int) -> Pair:
        """Ask the same for the log odds of yes; the words are those of `recognition`."""
        self.check()
        return Pair(self._pixels(photo), self._seen(photo, concept_id))

    def question(self, question: ToldQuestion) -> GenerationRequest:
        """Ask a question: about those whom it names, then those whom its photo is retrieved for."""
        self.check()
        named = self._named(question)
        expected = () if question.concept is None else (question.concept,)
        if question.photo is None:
            references = tuple(self._reference(each) for each in named)
            return GenerationRequest(
                question.words, None, (), references, cutoff=self.gallery.cutoff
            )
        retrieved = self._retrieved(question.photo, expected)
        seen = [self._seen(question.photo, each) for each in named]
        others = [each for each in retrieved if each.concept_id not in named]
        return self._request(question.words, question.photo, (*seen, *others)[: self.most])

    def _request(
        self, question: str, photo: Path, references: Sequence[Reference]
    ) -> GenerationRequest:
        self.check()
        return GenerationRequest(
            question=question,
            photo=self._pixels(photo),
            regions=self.gallery.sights[photo].regions,
            references=tuple(references),
            cutoff=self.gallery.cutoff,
        )

    def _retrieved(self, photo: Path, expected: Sequence[str]) -> list[Reference]:
        sight = self.gallery.sights[photo]
        if self.variant is Variant.SKIP_RETRIEVAL:
            right = [sight.nearest(self.gallery.id_of(key)) for key in expected]
            return [replace(self._reference(each.concept_id), match=each) for each in right]
        near = sight.matches if self.variant is Variant.WITH_CUTOFF else sight.likeliest
        return [self._seen(photo, each.concept_id) for each in near[: self.most]]

    def _named(self, question: ToldQuestion) -> list[int]:
        names = {each: kept.told.name for each, kept in self.gallery.concepts.items()}
        about = [] if question.concept is None else [self.gallery.id_of(question.concept)]
        return list(dict.fromkeys([*about, *named_in(question.question, names)]))

    def _seen(self, photo: Path, concept_id: int) -> Reference:
        """Return a concept's reference, with where it was recognised, if it was."""
        place = self.gallery.sights[photo].recognised(concept_id)
        return replace(self._reference(concept_id), match=place)

    def _reference(self, concept_id: int) -> Reference:
        with_info = self.variant is not Variant.WITHOUT_INFO
        return self.gallery.concepts[concept_id].reference(concept_id, None, with_info=with_info)

    def _pixels(self, photo: Path) -> Image.Image:
        if self.variant is Variant.SHUFFLED:
            photo = _another(photo, tuple(self.gallery.sights), self.seed)
        return opened(photo)


def _another(photo: Path, photos: Sequence[Path], seed: int) -> Path:
    """Return the photo that comes next in an order drawn by the seed: none is its own."""
    order: list[int] = np.random.default_rng(seed).permutation(len(photos)).tolist()
    place = order.index(photos.index(photo))
    return photos[order[(place + 1) % len(order)]]
