"""Whom a record tells of: those in its photo, and noise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final

from rap_engine.training.annotators import Annotator, Sight, Subject, mark, named
from rap_engine.training.makers.crops import Crops
from rap_engine.training.makers.facts import tell_more
from rap_engine.training.makers.names import can_be_renamed, draw_name, renamed
from rap_engine.training.pool.pool import Individual, View
from rap_engine.training.records import RecordReference
from rap_engine.training.scene import Instance
from rap_engine.types import Box

_BY_INTRODUCTION: Final = 0.5
"""How often a reference is the photo that somebody was introduced with, where there is one."""


@dataclass(frozen=True, slots=True)
class Member:
    """A concept among a record's references.

    Attributes:
        reference: As the record has it.
        subject: In the record's photo; None for noise.
    """

    reference: RecordReference
    subject: Subject | None = None

    @property
    def name(self) -> str:
        """The name as the record's words have it, in angle brackets."""
        return f"<{self.reference.name}>"


@dataclass(frozen=True, slots=True)
class Cast:
    """A record's references, in the order of its prompt."""

    members: tuple[Member, ...]

    @property
    def shown(self) -> tuple[Member, ...]:
        """Those who are in the photo."""
        return tuple(each for each in self.members if each.subject is not None)

    @property
    def noise(self) -> tuple[Member, ...]:
        """Those who are not."""
        return tuple(each for each in self.members if each.subject is None)

    @property
    def references(self) -> tuple[RecordReference, ...]:
        """What the record holds."""
        return tuple(each.reference for each in self.members)

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Those who are in the photo, as an annotator knows them: by marks."""
        return tuple(
            replace(subject, info=subject.info.replace(mark(1), mark(at)))
            for at, subject in enumerate((each.subject for each in self.members if each.subject), 1)
        )

    def named(self, text: str) -> str:
        """Return an annotator's words with the shown ones' names for their marks."""
        return named(text, [each.reference.name for each in self.shown], are_marked=True)


@dataclass(frozen=True, slots=True)
class Casting:
    """Makes references of individuals: a name, an info and a crop for one record.

    Attributes:
        annotator: Describes those of whom nothing is told.
        crops: Writes their crops.
        with_info: Whether references have infos at all.
    """

    annotator: Annotator
    crops: Crops
    with_info: bool = True

    def cast(
        self,
        shown: Sequence[tuple[Individual, Instance]],
        noise: Sequence[Individual],
        photo: Path,
        rng: Random,
    ) -> Cast:
        """Return the references of a record, in random order.

        Args:
            shown: who is in the photo, and as what.
            noise: who is not.
            photo: the record's: references are of others, where there are others.
            rng: decides.

        Raises:
            NoAnnotation: nobody can describe one of them.
            PhotoLost: a photo of one of them cannot be read.
        """
        names: list[str] = []
        members = []
        instances = [*(each for _, each in shown), *(None for _ in noise)]
        everybody = [*(each for each, _ in shown), *noise]
        for individual, instance in zip(everybody, instances, strict=True):
            taken = (*names, individual.name)
            names.append(draw_name(individual.category, individual.info, taken, rng))
            reference = self._reference(individual, names[-1], photo, rng)
            subject = None if instance is None else self._subject(individual, instance)
            members.append(Member(reference, subject))
        # Two data sets may have the same crop; of these the first one is in the photo.
        by_crop = {each.reference.crop: each for each in reversed(members)}
        members = [each for each in members if by_crop[each.reference.crop] is each]
        rng.shuffle(members)
        return Cast(tuple(members))

    def _reference(
        self, individual: Individual, name: str, photo: Path, rng: Random
    ) -> RecordReference:
        view, is_same_photo = _view_elsewhere(individual, photo, rng)
        crop = self.crops.reference(view, individual.category, is_same_photo=is_same_photo, rng=rng)
        info = self._info(individual, name, rng) if self.with_info else ""
        return RecordReference(crop, name, info, individual.category)

    def _info(self, individual: Individual, name: str, rng: Random) -> str:
        info = renamed(_told(individual), individual.name, name) or self._described(
            individual, name, rng
        )
        return tell_more(info, name, individual.category, rng)

    def _described(self, individual: Individual, name: str, rng: Random) -> str:
        photo = self.crops.jpeg(individual.first_view)
        subject = Subject(individual.category, Box.whole(), phrases=individual.phrases)
        sight = Sight(photo, (subject,), seed=str(rng.random()))
        return named(self.annotator.describe(sight), [name], are_marked=False)

    def _subject(self, individual: Individual, instance: Instance) -> Subject:
        info = renamed(_told(individual), individual.name, mark(1)) if self.with_info else ""
        return Subject(instance.category, instance.box, info, instance.phrases)


def _told(individual: Individual) -> str:
    """Return an info; none where its name would stay in it."""
    return individual.info if can_be_renamed(individual.info, individual.name) else ""


def _view_elsewhere(individual: Individual, photo: Path, rng: Random) -> tuple[View, bool]:
    """Choose a view, the introduction often; and whether there is none from another photo."""
    elsewhere = [view for view in individual.views if view.photo != photo]
    if not elsewhere:
        return individual.first_view, True
    introduction = next((view for view in elsewhere if view.is_introduction), None)
    if introduction is not None and rng.random() < _BY_INTRODUCTION:
        return introduction, False
    return rng.choice(elsewhere), False
