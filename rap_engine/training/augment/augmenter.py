"""Puts changes together as a plan says."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol, Self

from PIL import Image

from rap_engine.images import crop_box
from rap_engine.retrieve.crops import PADDING, padded
from rap_engine.training.augment.backdrops import Backdrops
from rap_engine.training.augment.background import Background
from rap_engine.training.augment.change import Change, plain
from rap_engine.training.augment.colour import Colour
from rap_engine.training.augment.geometry import Flip, Perspective, Rotation, Scale
from rap_engine.training.augment.occlusion import Occlusion
from rap_engine.training.errors import BadPlan
from rap_engine.training.plan import AugmentationPlan
from rap_engine.types import Box

_ROOM = 0.5
"""Share of a box's sides that is looked at around it: enough to know the surroundings by."""
_RIM = PADDING / (1 + 2 * PADDING)
_MIDDLE = Box(_RIM, _RIM, 1 - _RIM, 1 - _RIM)
"""The box in a crop of it, which `padded` gave room."""


class ViewMaker(Protocol):
    """Thinks of a thing from another side (`novel_views.NovelViews`)."""

    def __call__(self, crop: Image.Image, rng: Random, category: str) -> Image.Image:
        """Return a new photo, in the size of this one."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change, and its chance, 0..1."""

    chance: float
    change: Change

    def __call__(self, crop: Image.Image, rng: Random) -> Image.Image:
        """Return the crop changed, or as it was."""
        return self.change(crop, rng) if rng.random() < self.chance else crop


@dataclass(frozen=True, slots=True)
class Augmenter:
    """Changes a reference crop: another background first, while it is known where the thing is.

    Attributes:
        background_chance: 0..1.
        background: Which change that is.
        view_chance: 0..1; 0 where there is no `view_maker`.
        view_maker: Makes novel views.
        steps: All other changes, in their order.
    """

    background_chance: float
    background: Background
    view_chance: float
    view_maker: ViewMaker | None
    steps: tuple[Step, ...]

    @classmethod
    def of(
        cls,
        plan: AugmentationPlan,
        backgrounds: Sequence[Path] = (),
        novel_views: ViewMaker | None = None,
    ) -> Self:
        """Put together what a plan asks for.

        Args:
            plan: the chances.
            backgrounds: photos for backdrops and for what is held before a thing; colours without.
            novel_views: makes these; needed where the plan has a chance for them.

        Raises:
            BadPlan: it asks for novel views, and there is nobody who makes them.
        """
        if plan.novel_views and novel_views is None:
            raise BadPlan("augmentation.novel_views is above 0, but no image-to-image model is set")
        backdrops = Backdrops(backgrounds)
        steps = (
            Step(plan.flip, Flip()),
            Step(plan.perspective, Perspective()),
            Step(plan.rotation, Rotation()),
            Step(plan.scale, Scale()),
            Step(plan.colour, Colour()),
            Step(plan.occlusion, Occlusion(backdrops)),
        )
        return cls(plan.background, Background(backdrops), plan.novel_views, novel_views, steps)

    def __call__(
        self, image: Image.Image, rng: Random, *, box: Box | None = None, category: str = ""
    ) -> Image.Image:
        """Return a changed crop. The same generator state gives the same pixels.

        Args:
            image: the crop of a thing, with the room of `padded` around its box; of any mode.
            rng: where all chance comes from.
            box: where `image` is the whole photo: of the thing in it. More of its surroundings are
                seen then, and it is cut out the better. The crop is `padded(box)`.
            category: what it is: "dog". Novel views need to be told.

        Returns:
            RGB, each side at least 32 px, none longer than the crop's except to reach that.
        """
        crop = plain(self._with_background(image, rng, box))
        if self.view_maker is not None and rng.random() < self.view_chance:
            crop = self.view_maker(crop, rng, category)
        for step in self.steps:
            crop = step(crop, rng)
        return crop

    def _with_background(self, image: Image.Image, rng: Random, box: Box | None) -> Image.Image:
        """Return the crop, its background another one if chance will have it."""
        is_changed = rng.random() < self.background_chance
        if box is None:
            return self.background(plain(image), rng, _MIDDLE) if is_changed else image
        if not is_changed:
            return crop_box(image, padded(box))
        view = _widened(box)
        seen = self.background(plain(crop_box(image, view)), rng, _within(view, box))
        return crop_box(seen, _within(view, padded(box)))


def _widened(box: Box) -> Box:
    """Return a box with its surroundings, within the photo."""
    across, down = _ROOM * (box.x2 - box.x1), _ROOM * (box.y2 - box.y1)
    return Box(
        max(box.x1 - across, 0),
        max(box.y1 - down, 0),
        min(box.x2 + across, 1),
        min(box.y2 + down, 1),
    )


def _within(view: Box, box: Box) -> Box:
    """Return a box of a photo as it lies in a view of that photo that contains it."""
    width, height = view.x2 - view.x1, view.y2 - view.y1
    return Box(
        max((box.x1 - view.x1) / width, 0),
        max((box.y1 - view.y1) / height, 0),
        min((box.x2 - view.x1) / width, 1),
        min((box.y2 - view.y1) / height, 1),
    )
