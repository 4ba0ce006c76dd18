"""Asks a generator: whoever answers people's questions describes the photos too."""

import re
from typing import Final

from PIL import Image

from rap_engine import images
from rap_engine.errors import BadPhoto
from rap_engine.generate.protocol import Adaptable, Generated, GenerationRequest, Generator
from rap_engine.retrieve.crops import padded
from rap_engine.training.annotators.checking import LONGEST_TEXT, checked
from rap_engine.training.annotators.english import kind
from rap_engine.training.annotators.protocol import Asked, NoAnnotation, Sight, Subject, mark
from rap_engine.types import Match, Reference, Region

_DESCRIBE: Final = (
    "Describe the {kind} in the image in one or two sentences: its colours, shape and marks."
)
_QUESTIONS: Final = ("What is {name} doing?", "What is around {name}?", "How does {name} look?")
# Short, unlike, and rarely words of a description.
_CALLED: Final = ("Zuri", "Okko", "Yelda", "Tiberio", "Quill")
_SMALLEST_CROP_PX: Final = 1
_SURE: Final = 1.0


class GeneratorAnnotator:
    """Has a generator describe, caption and answer; it is told who is where, by made-up names."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        adapter = generator.adapter if isinstance(generator, Adaptable) else None
        self.name = f"generator-1 {generator.name} {adapter or 'base'}"

    def describe(self, sight: Sight) -> str:
        """Have the subject described.

        Raises:
            NoAnnotation: the answer cannot be used.
            RapError: the generator failed.
        """
        question = _DESCRIBE.format(kind=kind(sight.subjects[0].category))
        return _read(self._ask(sight, question, ()), 0)

    def caption(self, sight: Sight) -> str:
        """Have the photo captioned; raises as `describe`."""
        count = len(_known(sight))
        said = self._ask(sight, "", _references(sight))
        return _read(said, count, names=range(1, count + 1))

    def questions(self, sight: Sight) -> tuple[Asked, ...]:
        """Ask a few questions about each subject; raises as `describe`."""
        references = _references(sight)
        return tuple(
            Asked(
                form.format(name=mark(at)),
                _read(self._ask(sight, form.format(name=called), references), len(references)),
            )
            for at, called in enumerate(_CALLED[: len(references)], start=1)
            for form in _QUESTIONS
        )

    def _ask(self, sight: Sight, question: str, references: tuple[Reference, ...]) -> Generated:
        return self._generator.generate(
            GenerationRequest(question, _opened(sight.photo), (Region.whole(),), references)
        )


def _references(sight: Sight) -> tuple[Reference, ...]:
    photo = _opened(sight.photo)
    return tuple(
        _reference(number, called, subject, photo)
        for number, (called, subject) in enumerate(
            zip(_CALLED, _known(sight), strict=False), start=1
        )
    )


def _reference(number: int, called: str, subject: Subject, photo: Image.Image) -> Reference:
    match = Match(Region(subject.box, kind(subject.category), _SURE), number, number, _SURE)
    info = subject.info.replace(mark(number), called)
    view = images.view_jpeg(photo, padded(subject.box))
    return Reference(number, called, info, kind(subject.category), called, view, match)


def _known(sight: Sight) -> tuple[Subject, ...]:
    if len(sight.subjects) > len(_CALLED):
        raise NoAnnotation(f"more than {len(_CALLED)} subjects")
    return sight.subjects


def _read(said: Generated, subjects: int, names: range = range(0)) -> str:
    text = said.text.strip()
    if not text or len(text) > LONGEST_TEXT:
        raise NoAnnotation("the generator's answer is empty or too long")
    for at, called in enumerate(_CALLED[:subjects], start=1):
        text = re.sub(rf"<?(?<!\w){called}(?!\w)>?", mark(at), text)
    return checked(text, subjects, names=names)


def _opened(photo: bytes) -> Image.Image:
    try:
        return images.open_photo(photo, _SMALLEST_CROP_PX)
    except BadPhoto as error:
        raise NoAnnotation(f"the photo cannot be read: {error}") from error
