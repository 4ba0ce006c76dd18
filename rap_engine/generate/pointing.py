"""Where somebody is, said in words: at the model's box, or where the region that was matched is."""

from dataclasses import replace

from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.protocol import Generated, GenerationRequest
from rap_engine.types import Box, Reference, Region


def located(request: GenerationRequest, sought: Reference, pointed: Box | None) -> Generated:
    """Return the place of a matched concept; without a box of the model's, the matched region's.

    The sentence is the composed generator's in either case.
    """
    if pointed is not None:
        request = moved(request, sought, Region(pointed, sought.category, 0.0))
    composed = ComposedGenerator().generate(request)
    boxes = (
        replace(each, concept_id=sought.concept_id, is_pointed=pointed is not None)
        for each in composed.boxes
    )
    return replace(composed, boxes=tuple(boxes))


def moved(request: GenerationRequest, sought: Reference, region: Region) -> GenerationRequest:
    """Return the request with the sought concept alone, matched in another region."""
    match = sought.match and replace(sought.match, region=region)
    return replace(request, references=(replace(sought, match=match),))
