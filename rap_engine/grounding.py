"""Where somebody is: the place that the model points at, or the region that was matched.

Both are held against the concept's own view by the encoder, and the better supported one is drawn.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PIL import Image

from rap_engine import images
from rap_engine.encode import Encoder
from rap_engine.generate import Generated, LocatedName
from rap_engine.generate.composed.places import place_of
from rap_engine.retrieve.crops import crop
from rap_engine.types import Box, Reference, Region

SAME_PLACE_IOU: Final = 0.5
POINTED: Final = "{name} is {where}. (The model points there.)"
MATCHED: Final = "{name} is {where}. (This matches better than where the model pointed.)"
AGREED: Final = "{name} is {where}. (The model points there too.)"


def settle_places(
    photo: Image.Image, generated: Generated, references: Sequence[Reference], encoder: Encoder
) -> Generated:
    """Replace what the generator pointed at by the better supported place, and say which it is.

    An answer in which nothing was pointed at is returned as it is.
    """
    by_concept = {reference.concept_id: reference for reference in references}
    for place in generated.boxes:
        if place.is_pointed and place.concept_id in by_concept:
            return _settled(photo, place, by_concept[place.concept_id], encoder)
    return generated


def _settled(
    photo: Image.Image, place: LocatedName, reference: Reference, encoder: Encoder
) -> Generated:
    matched = _matched_box(reference)
    if matched is None:
        return _said(POINTED, place)
    if matched.iou(place.box) >= SAME_PLACE_IOU:
        return _said(AGREED, replace(place, box=matched))
    pointed_fits, matched_fits = _fits(photo, (place.box, matched), reference, encoder)
    if pointed_fits > matched_fits:
        return _said(POINTED, place)
    return _said(MATCHED, replace(place, box=matched, is_pointed=False))


def _matched_box(reference: Reference) -> Box | None:
    match = reference.match
    return None if match is None or match.region.is_whole else match.region.box


def _fits(
    photo: Image.Image, boxes: Sequence[Box], reference: Reference, encoder: Encoder
) -> list[float]:
    """Return the cosine of each box's crop with the concept's view, all crops in one batch."""
    crops = [crop(photo, Region(box, reference.category, 0.0)) for box in boxes]
    view, *embeddings = encoder.encode([images.open_kept(reference.photo), *crops])
    return [float(view @ embedding) for embedding in embeddings]


def _said(sentence: str, place: LocatedName) -> Generated:
    text = sentence.format(name=place.name, where=place_of(place.box))
    return Generated(text, (place,))
