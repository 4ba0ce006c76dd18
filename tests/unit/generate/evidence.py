"""Evidence for the generator's tests: who is in a photo, where, and what was told."""

from dataclasses import replace

from PIL import Image

from rap_engine.generate import ComposedGenerator, Generated, GenerationRequest
from rap_engine.types import Box, Match, Reference, Region

CUTOFF = 0.5
SURE, BARELY = 0.9, 0.55
LEFT, RIGHT = Box(0.05, 0.3, 0.4, 0.7), Box(0.6, 0.3, 0.95, 0.7)
UPPER_LEFT, LOWER_RIGHT = Box(0.02, 0.02, 0.3, 0.3), Box(0.7, 0.7, 0.98, 0.98)
MIDDLE, ALMOST_ALL = Box(0.35, 0.35, 0.65, 0.65), Box(0.05, 0.05, 0.95, 0.95)

INFOS = {
    "Biscuit": ("dog", "our corgi, afraid of vacuum cleaners"),
    "Luna": (
        "cat",
        "Luna is a short-haired grey cat with yellow-green eyes. She is four years old.",
    ),
    "Pip": (
        "dog",
        "Pip is a small white curly-haired dog with a dark collar. Pip loves the beach.",
    ),
    "Plum": (
        "teapot",
        "Plum is a small dark brown clay teapot. It belonged to a grandmother and is from 1962.",
    ),
    "Rex": ("dog", ""),
}


def concept(
    name: str,
    box: Box | None = None,
    *,
    score: float = SURE,
    info: str | None = None,
    category: str | None = None,
    shown_name: str = "",
) -> Reference:
    """Return a concept of `INFOS` or a new one, seen in the box; None: not seen."""
    known_category, known_info = INFOS.get(name, ("dog", ""))
    category = known_category if category is None else category
    reference = Reference(
        concept_id=sum(map(ord, name + shown_name)),
        name=name,
        info=known_info if info is None else info,
        category=category,
        shown_name=shown_name or name,
        photo=b"",
        match=None,
    )
    if box is None:
        return reference
    region = Region.whole() if box == Box.whole() else Region(box, category or "thing", 0.9)
    match = Match(region, reference.concept_id, view_id=1, score=score)
    return replace(reference, match=match)


def stranger(kind: str, box: Box = RIGHT, confidence: float = 0.9) -> Region:
    """Return a detection that no concept explains."""
    return Region(box, kind, confidence)


def ask(
    question: str,
    *evidence: Reference | Region,
    photo: bool = True,
) -> Generated:
    """Return the starter profile's answer to a question about the evidence."""
    references = tuple(one for one in evidence if isinstance(one, Reference))
    matched = [one.match.region for one in references if one.match]
    strangers = [one for one in evidence if isinstance(one, Region)]
    detected = [region for region in (*matched, *strangers) if not region.is_whole]
    request = GenerationRequest(
        question=question,
        photo=Image.new("RGB", (64, 64)) if photo else None,
        regions=(Region.whole(), *detected) if photo else (),
        references=references,
        cutoff=CUTOFF,
    )
    return ComposedGenerator().generate(request)


def tell(question: str, *references: Reference) -> str:
    """Return the answer to a question in words alone."""
    return ask(question, *references, photo=False).text
