"""Makers: from a scene to a record of one kind."""

from typing import Final

from rap_engine.training.makers.captions import make_caption, make_description
from rap_engine.training.makers.cast import Cast, Casting, Member
from rap_engine.training.makers.crops import Augment, Crops, PhotoLost
from rap_engine.training.makers.grounding import make_grounding
from rap_engine.training.makers.questions import make_question
from rap_engine.training.makers.recognition import make_recognition
from rap_engine.training.makers.stage import Made, Maker, Stage
from rap_engine.training.records import Kind

MAKERS: Final[dict[Kind, Maker]] = {
    "grounding": make_grounding,
    "recognition": make_recognition,
    "caption": make_caption,
    "description": make_description,
    "question": make_question,
}
"""The kinds that are made of scenes; instructions are taken as they are."""

__all__ = [
    "MAKERS",
    "Augment",
    "Cast",
    "Casting",
    "Crops",
    "Made",
    "Maker",
    "Member",
    "PhotoLost",
    "Stage",
]
