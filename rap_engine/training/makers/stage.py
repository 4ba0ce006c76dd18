"""What a maker works with: one scene, its chance, and whoever casts and annotates."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from random import Random

from rap_engine.training.annotators import Annotator, Asked, Sight, mark
from rap_engine.training.annotators.english import kind
from rap_engine.training.makers.cast import Cast, Casting
from rap_engine.training.makers.crops import read_photo
from rap_engine.training.makers.names import renamed
from rap_engine.training.pool.negatives import Negatives
from rap_engine.training.pool.pool import Individual, View, individual_of, key_of, usable
from rap_engine.training.records import RecordReference, Said
from rap_engine.training.scene import Scene


@dataclass(frozen=True, slots=True)
class Made:
    """What a record is made of, beside its id and kind.

    Attributes:
        asked: Its questions and answers.
        references: In the order of its prompt.
        image: Path of its photo; None for words alone.
    """

    asked: tuple[Asked, ...]
    references: tuple[RecordReference, ...]
    image: str | None

    @property
    def conversation(self) -> tuple[Said, ...]:
        """The questions and answers as turns."""
        return tuple(
            said
            for each in self.asked
            for said in (Said("human", each.question), Said("gpt", each.answer))
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """One scene to make one record of.

    Attributes:
        source: The scene's source.
        scene: With the photo and whom it shows.
        rng: All chance of the record.
        casting: Makes references.
        negatives: Draws who is not in the photo.
        most_references: That a record may have.
        boxes_are_padded: Whether answers' boxes are shares of the photo padded to a square.
    """

    source: str
    scene: Scene
    rng: Random
    casting: Casting
    negatives: Negatives
    most_references: int = 3
    boxes_are_padded: bool = False

    @property
    def annotator(self) -> Annotator:
        """Who says what the photo shows."""
        return self.casting.annotator

    @property
    def image(self) -> str:
        """The photo's path, as records have it: it is not copied."""
        return str(self.scene.photo.absolute())

    def usable(self) -> tuple[int, ...]:
        """Return the instances that a record can tell of."""
        return usable(self.scene)

    def individual(self, at: int) -> Individual:
        """Return who an instance is, with all of its views."""
        key = key_of(self.source, self.scene, at)
        known = self.negatives.pool.known.get(key)
        return individual_of(self.source, self.scene, at) if known is None else known

    def view(self, at: int) -> View:
        """Return an instance's own view in this photo."""
        return View(self.scene.photo, self.scene.instances[at].box)

    def noise(self, shown: int) -> int:
        """Return how many references are to be noise, beside these."""
        return min(self.negatives.noise(self.rng), max(self.most_references - shown, 0))

    def cast(self, shown: Collection[int], noise: int) -> Cast:
        """Return the references of a record.

        Args:
            shown: instances that it tells of.
            noise: how many individuals beside, none of whom is in the photo; fewer where not so
                many are known.

        Raises:
            NoAnnotation: nobody can describe one of them.
            PhotoLost: a photo cannot be read.
        """
        told = [(self.individual(at), self.scene.instances[at]) for at in shown]
        return self.casting.cast(told, self._strangers(shown, noise), self.scene.photo, self.rng)

    def sight(self, cast: Cast) -> Sight:
        """Return the photo as an annotator sees it, who is told of those in the cast."""
        boxes = {each.subject.box for each in cast.shown if each.subject is not None}
        others = [each.category for each in self.scene.instances if each.box not in boxes]
        return Sight(
            read_photo(self.scene.photo),
            cast.subjects,
            tuple(others),
            tuple(self._unnamed(caption, cast) for caption in self.scene.captions),
            str(self.rng.random()),
        )

    def _strangers(self, shown: Collection[int], count: int) -> list[Individual]:
        if not count:
            return []
        here = {key_of(self.source, self.scene, at) for at in range(len(self.scene.instances))}
        likes = tuple(shown) or self.usable()
        like = self.individual(self.rng.choice(likes))
        pool = self.negatives.pool
        return self.negatives.draw(count, like, here | pool.seen_in(self.scene.photo), self.rng)

    def _unnamed(self, caption: str, cast: Cast) -> str:
        """Return a source's caption with marks, or kinds, for the names that it has."""
        places = [subject.box for subject in cast.subjects]
        for each in self.scene.instances:
            is_told = each.box in places
            word = mark(places.index(each.box) + 1) if is_told else f"the {kind(each.category)}"
            caption = renamed(caption, each.name, word)
        return caption


Maker = Callable[[Stage], Made | None]
"""Makes a record's parts of a scene; None where the scene cannot teach this."""


def worded(rng: Random, forms: Sequence[str], **filled: str) -> str:
    """Choose a wording: the first, which the product itself uses, as often as all others."""
    form = forms[0] if rng.random() < 0.5 else rng.choice(forms[1:])  # noqa: PLR2004
    return form.format(**filled)
