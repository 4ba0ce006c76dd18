"""Words from annotations alone."""

import pytest

from rap_engine.training.annotators import Asked, Subject, TemplateAnnotator, named
from rap_engine.training.annotators.english import a, counted, joined, plural, sentence
from tests.unit.training.annotators.sights import CAT, DOG, LEFT, sight

ANNOTATOR = TemplateAnnotator()
SEEDS = [str(seed) for seed in range(40)]


def test_a_description_leaves_out_where_somebody_is_in_one_photo() -> None:
    told = {ANNOTATOR.describe(sight(DOG, seed=seed)) for seed in SEEDS}
    assert told == {
        "<1> is a dog: a brown dog with a ball.",
        "A dog called <1>: a brown dog with a ball.",
        "<1>, a dog: a brown dog with a ball.",
    }


def test_nothing_is_said_of_whom_the_source_says_nothing() -> None:
    told = {ANNOTATOR.describe(sight(CAT, seed=seed)) for seed in SEEDS}
    assert told == {"<1> is a cat.", "This is <1>, a cat.", "A cat called <1>."}


def test_an_info_that_speaks_of_its_subject_is_the_description() -> None:
    told = Subject("dog", LEFT, "<1> is our corgi", ("small",))
    assert ANNOTATOR.describe(sight(told)) == "<1> is our corgi."


def test_the_same_seed_chooses_the_same_words() -> None:
    one, other = sight(DOG, CAT, seed="7"), sight(DOG, CAT, seed="7")
    assert ANNOTATOR.caption(one) == ANNOTATOR.caption(other)
    assert ANNOTATOR.describe(one) == ANNOTATOR.describe(other)


def test_a_caption_of_annotations_names_all_and_counts_the_others() -> None:
    told = {
        ANNOTATOR.caption(sight(DOG, CAT, seed=seed, others=("person", "person"))) for seed in SEEDS
    }
    assert told == {
        "<1> and <2> with two people.",
        "A photo of <1> and <2>, with two people nearby.",
        "<1> and <2>; there is also two people.",
    }


def test_a_caption_of_nobody_says_what_there_is() -> None:
    told = {ANNOTATOR.caption(sight(seed=seed, others=("dog",))) for seed in SEEDS}
    assert "A photo of a dog." in told
    assert not any("<" in one for one in told)
    assert ANNOTATOR.caption(sight(seed="1")).strip(".").endswith(("something", "photo"))


@pytest.mark.parametrize(
    ("caption", "others", "expected"),
    [
        ("a dog runs after a black cat", (), "<1> runs after <2>."),
        ("A dog and a cat on a couch.", (), "<1> and <2> on a couch."),
        ("The dog and cat sleep", (), "<1> and <2>: The dog and cat sleep."),
        (
            "A dog with another dog and a cat",
            ("dog",),
            "<1> and <2>: A dog with another dog and a cat.",
        ),
        ("Two of them play!", (), "<1> and <2>: Two of them play!"),
        ("<2> licks a hot dog", (), "<2> licks <1>."),
    ],
)
def test_the_sources_caption_gets_marks(
    caption: str, others: tuple[str, ...], expected: str
) -> None:
    assert ANNOTATOR.caption(sight(DOG, CAT, captions=(caption,), others=others)) == expected


def test_a_caption_of_strangers_is_the_sources_own() -> None:
    assert ANNOTATOR.caption(sight(captions=("A dog runs.",), others=("dog",))) == "A dog runs."


def test_questions_are_about_what_annotations_say() -> None:
    assert ANNOTATOR.questions(sight(DOG, CAT, others=("apple",))) == (
        Asked("What is <1>?", "<1> is a dog."),
        Asked("On which side of the photo is <1>?", "<1> is on the left of the photo."),
        Asked("What is <2>?", "<2> is a cat."),
        Asked("On which side of the photo is <2>?", "<2> is on the right of the photo."),
        Asked("What else is in the photo?", "An apple."),
    )


def test_marks_become_names() -> None:
    assert named("<2> sees <1>", ["Bo", "Rex"], are_marked=True) == "<Rex> sees <Bo>"
    assert named("<1>'s bed", ["Bo"], are_marked=False) == "Bo's bed"


def test_the_small_english_is_right() -> None:
    assert (a("apple"), a("dog")) == ("an apple", "a dog")
    assert [plural(word) for word in ("dog", "fox", "puppy", "toy", "sheep", "teddy bear")] == [
        *("dogs", "foxes", "puppies", "toys", "sheep", "teddy bears"),
    ]
    assert [joined(list(names)) for names in ("", "A", "AB", "ABC")] == [
        "",
        "A",
        "A and B",
        "A, B and C",
    ]
    assert counted(["dog", "cat", "cat", ""]) == "a dog, two cats and a thing"
    assert counted(["ant"] * 12) == "12 ants"
    assert (sentence("a dog"), sentence("Really?")) == ("A dog.", "Really?")
