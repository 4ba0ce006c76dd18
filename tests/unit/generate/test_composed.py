"""What holds for every answer of the starter profile."""

from hypothesis import given
from hypothesis import strategies as st

from rap_engine.generate import ComposedGenerator, GenerationRequest, Generator, LocatedName
from rap_engine.types import Box
from tests.unit.generate.evidence import (
    LEFT,
    MIDDLE,
    RIGHT,
    UPPER_LEFT,
    ask,
    concept,
    stranger,
    tell,
)

TELEGRAM_MESSAGE_LIMIT = 4096


def test_it_is_a_generator() -> None:
    generator: Generator = ComposedGenerator()
    assert generator.name == "composed"


def test_the_profile_that_answers_is_the_one_that_the_answer_speaks_of() -> None:
    request = GenerationRequest("why is the sky blue?", None, (), ())
    assert "`another`" in ComposedGenerator("another").generate(request).text


def test_a_place_has_the_box_of_what_was_asked_for_alone() -> None:
    answer = ask("where is Luna?", concept("Biscuit", LEFT), concept("Luna", RIGHT))
    assert answer.boxes == (LocatedName("Luna", RIGHT),)


def test_a_place_of_a_stranger_has_its_kind_and_no_name() -> None:
    answer = ask("where is the dog?", stranger("dog", RIGHT), concept("Luna"))
    assert answer.boxes == (LocatedName("dog", RIGHT),)


def test_a_concept_that_is_not_there_has_no_box() -> None:
    assert ask("where is Luna?", concept("Luna"), stranger("cat")).boxes == ()


def test_a_concept_recognised_in_the_whole_photo_has_no_box() -> None:
    assert ask("where is Luna?", concept("Luna", Box.whole())).boxes == ()


def test_a_question_that_is_not_about_a_place_has_no_boxes() -> None:
    assert ask("is this Luna?", concept("Luna", LEFT)).boxes == ()


def test_namesakes_are_said_as_they_are_told_apart() -> None:
    mine = concept("Luna", LEFT, shown_name="Luna (yours)")
    theirs = concept("LUNA", info="a tortoise", shown_name="LUNA (Family)")
    answer = tell("what is Luna?", mine, theirs)
    assert "Luna (yours)" in answer
    assert "LUNA (Family)" in answer


def test_one_namesake_in_the_photo_answers_for_the_name() -> None:
    theirs = concept("Luna", MIDDLE, shown_name="Luna (Family)")
    answer = ask("is this Luna?", concept("Luna", shown_name="Luna (yours)"), theirs)
    assert answer.text == "Yes, this is Luna (Family)."


def test_the_box_of_a_concept_recognised_in_the_whole_photo_is_no_stranger() -> None:
    answer = ask("who is this?", concept("Rex", Box.whole()), stranger("dog", LEFT))
    assert answer.text == "This is Rex."


def test_a_second_box_beside_a_concept_recognised_in_the_whole_photo_is_a_stranger() -> None:
    answer = ask(
        "who is this?",
        concept("Rex", Box.whole()),
        stranger("dog", LEFT),
        stranger("person", RIGHT),
    )
    assert "I also see a person" in answer.text


def test_two_boxes_of_one_thing_are_one_stranger() -> None:
    answer = ask("", stranger("dog", LEFT), stranger("cat", Box(0.05, 0.3, 0.41, 0.7), 0.8))
    assert answer.text == "I see a dog, but it is nobody you told me about."


def test_a_part_of_a_known_concept_is_no_stranger() -> None:
    answer = ask("who is this?", concept("Rex", LEFT), stranger("dog", Box(0.1, 0.3, 0.2, 0.4)))
    assert answer.text == "This is Rex, on the left."


def test_a_dog_on_a_known_persons_lap_is_a_stranger() -> None:
    anna = concept("Anna", LEFT, category="person")
    answer = ask("who is this?", anna, stranger("dog", Box(0.1, 0.5, 0.25, 0.65)))
    assert "I also see a dog" in answer.text


def test_a_box_that_the_detector_hardly_believes_in_is_not_talked_about() -> None:
    answer = ask("", stranger("dog", confidence=0.12))
    assert answer.text == "I see nobody and nothing here that you told me about."


def test_a_name_that_is_an_ordinary_word_does_not_become_the_question() -> None:
    where = concept("Where", LEFT)
    assert ask("is this Where?", where).text == "Yes, this is Where, on the left."


def test_braces_in_a_name_and_an_info_stay_what_they_are() -> None:
    answer = ask("", concept("{who}", MIDDLE, info="{0} {quote.__class__}"))
    assert answer.text == "This is {who}. I was told: “{0} {quote.__class__}”."


def test_a_long_info_is_told_in_full() -> None:
    info = "x" * 1000
    assert info in tell("tell me about Pip", concept("Pip", info=info))


def test_a_caption_quotes_only_the_start_of_a_long_info() -> None:
    info = "Pip is old. " + "Pip barks. " * 90
    answer = ask("", concept("Pip", MIDDLE, info=info.strip()))
    assert answer.text.startswith("This is Pip. I was told: “Pip is old. Pip barks.")
    assert len(answer.text) < 300


def test_many_long_infos_fit_one_message() -> None:
    concepts = [concept(f"Pip{number}", info="word " * 199) for number in range(12)]
    question = "tell me about " + " and ".join(one.name for one in concepts)
    assert len(tell(question, *concepts)) < TELEGRAM_MESSAGE_LIMIT


def test_an_abbreviation_does_not_end_a_quoted_sentence() -> None:
    pip = concept("Pip", info="Barks. Mr. Jones is afraid of Pip.")
    answer = tell("who is afraid of Pip?", pip)
    assert answer == "About Pip I was told: “Mr. Jones is afraid of Pip.”"


def test_a_chinese_name_and_info_are_answered_from() -> None:
    answer = ask("小白在哪里?", concept("小白", UPPER_LEFT, info="我们的猫。"))
    assert "小白" in answer.text


@given(question=st.text(max_size=200))
def test_no_question_gives_a_stranger_a_name(question: str) -> None:
    answer = ask(question, stranger("dog"), stranger("cat", LEFT))
    assert answer.text
    assert {box.name for box in answer.boxes} <= {"dog", "cat"}


_WORDS = (
    "who what where when how is are this that Biscuit Luna and or in the photo old colour"
    " afraid of doing left dog cat ? ! ' tell me about show from many 小白"
)
_QUESTION_WORDS = st.lists(st.sampled_from(_WORDS.split()), max_size=9).map(" ".join)


@given(question=_QUESTION_WORDS, has_photo=st.booleans())
def test_no_question_makes_an_absent_concept_seen(question: str, has_photo: bool) -> None:
    answer = ask(
        question, concept("Biscuit"), concept("Luna"), stranger("dog"), photo=has_photo
    ).text
    assert "Yes, this is" not in answer
    assert "This is" not in answer
    assert "I think" not in answer


@given(name=st.text(min_size=1, max_size=64), info=st.text(max_size=1000), question=st.text())
def test_any_name_and_info_have_an_answer(name: str, info: str, question: str) -> None:
    seen = concept(name, LEFT, info=info, category="")
    for asked in (question, f"where is {name}?", f"how old is {name}?", f"tell me about {name}"):
        assert ask(asked, seen).text
        assert ask(asked, seen, photo=False).text
