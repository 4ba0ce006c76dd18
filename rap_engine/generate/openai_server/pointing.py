"""Where somebody is: the model is asked for a box, the matched region stands in for none."""

from dataclasses import replace
from typing import Final

from rap_engine.concept_text import defuse
from rap_engine.generate.boxes import parse_box
from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.prompt import Prompt, plain_prompt
from rap_engine.generate.protocol import Generated, GenerationRequest
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
    alone = _moved(request, sought, Region.whole())
    return (*plain_prompt(alone), _ASK_FOR_BOX.format(name=defuse(sought.name)))


def located(request: GenerationRequest, sought: Reference, answer: str) -> Generated:
    """Return the place that the model points at, or else the matched region, said in words."""
    box = parse_box(answer)
    seen = request if box is None else _moved(request, sought, Region(box, sought.category, 0.0))
    composed = ComposedGenerator().generate(seen)
    boxes = (
        replace(each, concept_id=sought.concept_id, is_pointed=box is not None)
        for each in composed.boxes
    )
    return replace(composed, boxes=tuple(boxes))


def _moved(request: GenerationRequest, sought: Reference, region: Region) -> GenerationRequest:
    """Return the request with the sought concept alone, matched in another region."""
    match = sought.match and replace(sought.match, region=region)
    return replace(request, references=(replace(sought, match=match),))
