"""Which region of a photo is the concept that a person introduces."""

from rap_engine.retrieve.study import pick_region
from rap_engine.types import Box, Region

WHOLE = Region.whole()
DOG = Region(Box(0.3, 0.3, 0.6, 0.7), "dog", 0.6)
PERSON = Region(Box(0.1, 0.0, 0.9, 1.0), "person", 0.9)
SHOE = Region(Box(0.9, 0.9, 1.0, 1.0), "shoe", 0.5)


def test_without_a_detection_it_is_the_whole_photo() -> None:
    strip = Region(Box(0.5, 0.0, 1.0, 1.0), None, 0.0)
    assert pick_region([WHOLE, strip], "", "") == WHOLE


def test_the_sure_large_and_central_one_is_meant() -> None:
    assert pick_region([WHOLE, SHOE, PERSON], "", "") == PERSON


def test_the_one_whose_kind_the_person_says_is_meant() -> None:
    assert pick_region([WHOLE, PERSON, DOG], "", "our dog, afraid of vacuum cleaners") == DOG
    assert pick_region([WHOLE, PERSON, DOG], "Dog", "") == DOG


def test_a_kind_within_another_word_is_not_said() -> None:
    assert pick_region([WHOLE, PERSON, DOG], "", "doggedly ambitious") == PERSON
