"""The question for a box, to models that know nothing of RAP."""

from typing import Final

from rap_engine.concept_text import defuse
from rap_engine.generate.pointing import moved
from rap_engine.generate.prompt import Prompt, plain_prompt
from rap_engine.generate.protocol import GenerationRequest
from rap_engine.types import Reference, Region

BOX_TOKENS: Final = 64
_ASK_FOR_BOX: Final = (
    "\nAnswer with the bounding box of {name} in the first picture and with nothing else, as"
    " [x1, y1, x2, y2]: left, top, right and bottom as fractions of the picture's width and"
    " height, from 0 to 1, with two decimals."
)


def box_prompt(request: GenerationRequest, sought: Reference) -> Prompt:
    """Ask for the box of a matched concept; only its own picture goes along.

    That it is in the photo is said, but not where: a model that reads a box repeats it.
    """
    alone = moved(request, sought, Region.whole())
    return (*plain_prompt(alone), _ASK_FOR_BOX.format(name=defuse(sought.name)))
