"""Requests with pictures that can be told apart."""

from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from rap_engine.generate import GenerationRequest, Turn
from rap_engine.generate.openai_server import OpenAiGenerator
from rap_engine.images import to_jpeg
from rap_engine.types import Box, Match, Reference, Region

ON_THE_LEFT = Box(0.05, 0.3, 0.4, 0.7)
DOING = "What is Biscuit doing?"
WHERE = "Where is Biscuit?"


# The server's own address, key and model stand in for what is left out.
Connect = Callable[..., OpenAiGenerator]


def picture(colour: str, width: int = 64, height: int = 48) -> Image.Image:
    return Image.new("RGB", (width, height), colour)


def reference(
    concept_id: int, name: str, colour: str, box: Box | None = None, info: str = "our corgi"
) -> Reference:
    """Return a concept with a picture of one colour, matched in the box; None: not matched."""
    plain = Reference(concept_id, name, info, "dog", name, to_jpeg(picture(colour)), None)
    if box is None:
        return plain
    region = Region.whole() if box == Box.whole() else Region(box, "dog", 0.9)
    return replace(plain, match=Match(region, concept_id, 1, 0.9))


BISCUIT = reference(1, "Biscuit", "lime", ON_THE_LEFT)
LUNA = reference(2, "Luna", "blue", info="a grey cat")


def request(
    question: str = DOING,
    *references: Reference,
    photo: Image.Image | None = None,
    history: tuple[Turn, ...] = (),
    is_small: bool = False,
) -> GenerationRequest:
    """Return a question about a red photo and the references: Biscuit, unless others are given."""
    return GenerationRequest(
        question=question,
        photo=photo or picture("red"),
        regions=(Region.whole(),),
        references=references or (BISCUIT,),
        history=history,
        is_small=is_small,
    )


def in_words(question: str, *references: Reference) -> GenerationRequest:
    """Return a question in words alone."""
    return replace(request(question, *references), photo=None, regions=())
