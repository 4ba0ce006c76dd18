"""Where somebody is: what a model is asked, and its answer in words, or the matched region's."""

from dataclasses import replace
from typing import Final

from rap_engine.generate.boxes import parse_box, without_padding
from rap_engine.generate.composed import ComposedGenerator, sentences
from rap_engine.generate.protocol import Generated, GenerationRequest
from rap_engine.types import Box, Reference, Region

BOX_TOKENS: Final = 64
"""The longest answer to a question for a box."""


def seeking(request: GenerationRequest, sought: Reference) -> GenerationRequest:
    """Return what a model reads that is asked for a box: the sought one alone, no history.

    That it is in the photo is said, but not where: a model that reads a box repeats it.
    """
    return replace(request, references=(_moved(sought, Region.whole()),), history=())


def located(
    request: GenerationRequest, sought: Reference, words: str, *, are_padded: bool
) -> Generated:
    """Return the place of a matched concept: where a model's words say, or the matched region.

    The sentence is the composed generator's; for a region that a detector found, it says so.

    Args:
        request: what was asked, with a photo.
        sought: the one of its references whose place it asks for.
        words: the model's, which may be a box.
        are_padded: whether the model's boxes are shares of the photo padded to a square.
    """
    pointed = _pointed(request, words, are_padded=are_padded)
    if pointed is not None:
        request = _with_moved(request, sought, Region(pointed, sought.category, 0.0))
    composed = ComposedGenerator().generate(request)
    boxes = tuple(
        replace(each, concept_id=sought.concept_id, is_pointed=pointed is not None)
        for each in composed.boxes
    )
    is_found = pointed is None and sought.match is not None and sought.match.region.is_detection
    text = sentences.FOUND.format(sentence=composed.text) if is_found else composed.text
    return replace(composed, text=text, boxes=boxes)


def _pointed(request: GenerationRequest, words: str, *, are_padded: bool) -> Box | None:
    box = parse_box(words)
    if box is None or request.photo is None or not are_padded:
        return box
    return without_padding(box, *request.photo.size)


def _with_moved(request: GenerationRequest, sought: Reference, region: Region) -> GenerationRequest:
    references = (_moved(one, region) if one is sought else one for one in request.references)
    return replace(request, references=tuple(references))


def _moved(sought: Reference, region: Region) -> Reference:
    return replace(sought, match=sought.match and replace(sought.match, region=region))
