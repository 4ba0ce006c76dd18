"""A generator as an annotator."""

import pytest

from rap_engine.generate import ComposedGenerator, Generated, GenerationRequest
from rap_engine.training.annotators import NoAnnotation, Subject
from rap_engine.training.annotators.generated import GeneratorAnnotator
from tests.unit.training.annotators.sights import CAT, DOG, LEFT, sight


class Scripted:
    """Answers as it was told, and notes what it was asked."""

    name = "scripted"

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.requests: list[GenerationRequest] = []

    def generate(self, request: GenerationRequest) -> Generated:
        self.requests.append(request)
        return Generated(self.answers.pop(0))


def test_a_description_is_asked_for_with_the_crop_alone() -> None:
    scripted = Scripted(" It is brown. ")
    assert GeneratorAnnotator(scripted).describe(sight(DOG)) == "It is brown."
    (request,) = scripted.requests
    assert request.question.startswith("Describe the dog in the image")
    assert request.references == ()
    assert request.photo is not None


def test_a_caption_has_marks_for_the_names_that_it_was_told() -> None:
    scripted = Scripted("<Zuri> watches Okko's tail.")
    told = Subject("dog", LEFT, "<1> is a corgi.")
    assert GeneratorAnnotator(scripted).caption(sight(told, CAT)) == "<1> watches <2>'s tail."
    (request,) = scripted.requests
    assert request.question == ""
    assert [(one.name, one.info) for one in request.references] == [
        ("Zuri", "Zuri is a corgi."),
        ("Okko", ""),
    ]
    assert request.references[0].match is not None
    assert request.references[0].match.region.box == LEFT


@pytest.mark.parametrize("bad", ["", "Zuri alone.", "Zuri and Okko. " * 60, "Zuri, Okko <image>"])
def test_a_caption_that_cannot_be_used_is_none(bad: str) -> None:
    with pytest.raises(NoAnnotation):
        GeneratorAnnotator(Scripted(bad)).caption(sight(DOG, CAT))


def test_each_subject_is_asked_about() -> None:
    scripted = Scripted(*(f"Answer {number} on Zuri." for number in range(3)))
    asked = GeneratorAnnotator(scripted).questions(sight(DOG))
    assert [one.question for one in asked] == [
        "What is <1> doing?",
        "What is around <1>?",
        "How does <1> look?",
    ]
    assert [one.answer for one in asked] == [f"Answer {number} on <1>." for number in range(3)]
    assert scripted.requests[0].question == "What is Zuri doing?"


def test_the_starter_profiles_generator_captions_too() -> None:
    annotator = GeneratorAnnotator(ComposedGenerator())
    caption = annotator.caption(sight(DOG, CAT))
    assert {"<1>", "<2>"} <= set(caption.replace(",", " ").replace(".", " ").split())
    assert annotator.name == "generator-1 composed base"


def test_a_photo_that_cannot_be_read_is_no_error_of_the_generator() -> None:
    broken = sight(DOG)
    with pytest.raises(NoAnnotation, match="cannot be read"):
        GeneratorAnnotator(Scripted()).describe(type(broken)(b"?", broken.subjects))
