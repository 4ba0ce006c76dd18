"""Visual grounding: where somebody is (paper, section 3.4)."""

from typing import Final

from rap_engine.generate.boxes import parse_box
from rap_engine.training.annotators import Asked
from rap_engine.training.makers.cast import Member
from rap_engine.training.makers.stage import Made, Stage, worded
from rap_engine.training.scene import Instance
from rap_engine.types import Box

QUESTIONS: Final = (
    "Give the bounding box of {name} in the image.",
    "Where is {name}?",
    "Where is {name} in the photo?",
    "Find {name} in the image.",
    "Please point to {name}.",
    "Can you show me where {name} is?",
)
_MOST_AREA: Final = 0.9
"""Share of the photo above which a place is no news."""
_TWO: Final = 0.3
"""How often two are asked for, one after the other, where there are two."""


def make_grounding(stage: Stage) -> Made | None:
    """Ask for boxes: `[0.57, 0.67, 0.68, 0.84]`, shares of the photo."""
    rng = stage.rng
    places = [at for at in stage.usable() if _is_place(stage.scene.instances[at])]
    if not places:
        return None
    most = 2 if rng.random() < _TWO and stage.most_references > 1 else 1
    shown = rng.sample(places, min(most, len(places)))
    cast = stage.cast(shown, stage.noise(len(shown)))
    asked = [
        Asked(worded(rng, QUESTIONS, name=each.name), written(_place(each, stage)))
        for each in rng.sample(cast.shown, len(cast.shown))
    ]
    return Made(tuple(asked), cast.references, stage.image)


def written(box: Box) -> str:
    """Return a box as RAP's answers have it."""
    return f"[{', '.join(f'{side:.2f}' for side in box.as_tuple())}]"


def in_square(box: Box, width: int, height: int) -> Box:
    """Return a box of a photo as shares of that photo padded to a square, centred.

    Args:
        box: shares of the photo.
        width: of the photo, px.
        height: of the photo, px.
    """
    side = max(width, height)
    left, top = (side - width) // 2, (side - height) // 2
    return Box(
        (box.x1 * width + left) / side,
        (box.y1 * height + top) / side,
        (box.x2 * width + left) / side,
        (box.y2 * height + top) / side,
    )


def _is_place(instance: Instance) -> bool:
    box = instance.box
    is_news = box.area <= _MOST_AREA and not instance.is_detected
    return is_news and parse_box(written(box)) is not None


def _place(member: Member, stage: Stage) -> Box:
    if member.subject is None:
        raise ValueError("noise has no place")
    box = member.subject.box
    if not stage.boxes_are_padded:
        return box
    return in_square(box, *stage.casting.crops.photo(stage.scene.photo).size)
