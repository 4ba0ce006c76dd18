"""Captions that name who is in the photo, and descriptions of one of them (paper, section 3.4)."""

from dataclasses import replace
from typing import Final

from rap_engine.generate.prompt import CAPTION
from rap_engine.training.annotators import Asked, Sight
from rap_engine.training.makers.stage import Made, Stage, worded
from rap_engine.types import Box

CAPTIONS: Final = (
    CAPTION,
    "Describe the image in one sentence.",
    "What does the photo show?",
    "Write a caption for this photo.",
)
DESCRIPTIONS: Final = (
    "Describe {name}.",
    "What does {name} look like?",
    "How does {name} look in this photo?",
    "Tell me what you see of {name}.",
)
_MOST_NAMED: Final = 2
_NOBODY: Final = 0.25
"""How often a photo with noise is of nobody who is told of."""


def make_caption(stage: Stage) -> Made | None:
    """Ask for a caption: it has the names of those who are in the photo, and no other."""
    rng, candidates = stage.rng, stage.usable()
    if not candidates:
        return None
    most = min(_MOST_NAMED, len(candidates), stage.most_references)
    shown = rng.sample(candidates, rng.randint(1, most))
    noise = stage.noise(len(shown))
    if noise and rng.random() < _NOBODY:
        shown = []
    cast = stage.cast(shown, noise)
    caption = cast.named(stage.annotator.caption(stage.sight(cast)))
    return Made((Asked(worded(rng, CAPTIONS), caption),), cast.references, stage.image)


def make_description(stage: Stage) -> Made | None:
    """Ask how one of those in the photo looks."""
    candidates = stage.usable()
    if not candidates:
        return None
    at = stage.rng.choice(candidates)
    cast = stage.cast([at], stage.noise(1))
    (member,) = cast.shown
    (subject,) = cast.subjects
    crop = stage.casting.crops.jpeg(stage.view(at))
    seen = Sight(crop, (replace(subject, box=Box.whole()),), seed=str(stage.rng.random()))
    described = cast.named(stage.annotator.describe(seen))
    question = worded(stage.rng, DESCRIPTIONS, name=member.name)
    return Made((Asked(question, described),), cast.references, stage.image)
