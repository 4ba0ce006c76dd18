"""From a model's words to what people read, and what needs no model at all."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rap_engine.generate import ComposedGenerator, GenerationRequest, LocatedName, Turn
from rap_engine.generate.language_model import Decoding
from rap_engine.generate.language_model.answers import Words
from rap_engine.types import Box, Region
from tests.unit.generate.evidence import BARELY, LEFT, RIGHT, concept
from tests.unit.generate.language_model.generators import around, checkpoint_of, parrot
from tests.unit.generate.language_model.pictures import asked, noise, pictured

BISCUIT, LUNA = pictured("Biscuit", LEFT), pictured("Luna")
PHOTO = noise(0, (80, 60))
POINTED = "[0.12, 0.34, 0.56, 0.64]"
WHERE = asked("where is Biscuit?", BISCUIT, LUNA, photo=PHOTO)


def _said(words: str, llava: Path, request: GenerationRequest) -> str:
    return parrot(llava, words)[0].generate(request).text


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("This is <Biscuit>.", "This is Biscuit."),
        ("<biscuit> and <LUNA>", "Biscuit and Luna"),
        (" <Rex> is here. ", "<Rex> is here."),
        ("It weighs <3 kg", "It weighs <3 kg"),
        ("<Biscuit", "<Biscuit"),
        ("This is <Biscuit>.</s> USER: no", "This is Biscuit."),
        ("This<pad> is <Biscuit>.", "This is Biscuit."),
    ],
)
def test_names_among_the_references_lose_their_brackets(words: str, read: str, llava: Path) -> None:
    request = asked("who is this?", BISCUIT, LUNA, photo=PHOTO)
    assert _said(words, llava, request) == read
    pieces: list[str] = []
    parrot(llava, words)[0].stream(request, pieces.append)
    assert "".join(pieces) == read


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("Hi\x00there, <Bis\x07cuit>\x85", "Hithere, Biscuit"),
        ("\u200b\ufeff", "I have no answer to that. Please ask in other words."),
    ],
)
def test_what_cannot_be_stored_or_seen_is_left_out(words: str, read: str, llava: Path) -> None:
    request = asked("who is this?", BISCUIT, photo=PHOTO)
    assert _said(words, llava, request) == read
    pieces: list[str] = []
    parrot(llava, words)[0].stream(request, pieces.append)
    assert "".join(pieces) == read


def test_a_name_in_brackets_is_not_streamed_before_it_is_whole(
    llava: Path,
) -> None:
    tokenizer = checkpoint_of(llava).processor.tokenizer
    words = Words(tokenizer, [BISCUIT])
    tokens = tokenizer("This is <Biscuit> or <b", add_special_tokens=False)["input_ids"]
    settled = [words.settled_of(tokens[: end + 1]) for end in range(len(tokens))]
    assert settled[-1] == "This is Biscuit or"
    assert not any("<" in text for text in settled)
    assert all(later.startswith(text) for text, later in pairwise(settled))


def test_where_somebody_is_is_where_the_model_points(llava: Path) -> None:
    generator, model = parrot(llava, POINTED)
    answer = generator.generate(WHERE)
    assert "]Give the bounding box of <Biscuit> in the image." in model.asked[0]
    box = Box(0.12, 0.34, 0.56, 0.64)
    assert answer.boxes == (LocatedName("Biscuit", box, BISCUIT.concept_id, is_pointed=True),)
    assert answer.text == "Biscuit is on the left."


def test_a_place_is_asked_for_with_the_sought_one_alone_and_no_history(llava: Path) -> None:
    generator, model = parrot(llava, POINTED)
    generator.generate(replace(WHERE, history=(Turn("who is this?", "This is Luna."),)))
    (prompt,) = model.asked
    assert prompt.count("Name:") == 1
    assert "Luna" not in prompt


def test_words_beside_a_name_do_not_change_whose_place_is_asked_for(llava: Path) -> None:
    luna = pictured("Luna", RIGHT)
    request = asked("where is Biscuit, left of the cat?", BISCUIT, luna, photo=PHOTO)
    generator, model = parrot(llava, POINTED)
    answer = generator.generate(request)
    assert "]Give the bounding box of <Biscuit> in the image." in model.asked[0]
    assert answer.text == "Biscuit is on the left."


def test_a_place_is_decoded_greedily(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    generate, drawn = checkpoint.model.generate, []

    def noted(**arguments: Any) -> Any:
        settings = arguments["generation_config"]
        drawn.append((settings.do_sample, len(arguments["input_ids"])))
        return generate(**arguments)

    checkpoint.model.generate = noted
    generator = around(checkpoint, decoding=Decoding(temperature=1.0, seed=1))
    generator.generate_many([WHERE, asked("who is this?", BISCUIT, photo=PHOTO), WHERE])
    assert drawn == [(False, 2), (True, 1)]


def test_the_sentence_is_of_the_place_that_is_pointed_to(llava: Path) -> None:
    answer = parrot(llava, "[0.7, 0.7, 0.9, 0.9]")[0].generate(WHERE)
    assert answer.text == "Biscuit is in the lower right."


def test_a_place_in_a_padded_photo_is_put_back_into_the_photo(llava: Path) -> None:
    generator, _ = parrot(llava, "[0.25, 0.25, 0.5, 0.5]", boxes_are_padded=True)
    (located,) = generator.generate(WHERE).boxes
    # 80 x 60 px stands in a square of 80 px between 10 and 70.
    assert located.box.as_tuple() == pytest.approx((0.25, 1 / 6, 0.5, 0.5))


@pytest.mark.parametrize(
    "words",
    ["on the sofa", "I do not see Biscuit.", f"{POINTED} {POINTED}", "[0.9, 0.1, 0.2, 0.3]"],
)
def test_without_a_place_in_its_words_the_matched_region_stands_in(words: str, llava: Path) -> None:
    answer = parrot(llava, words)[0].generate(WHERE)
    assert answer.boxes == (LocatedName("Biscuit", LEFT, BISCUIT.concept_id, is_pointed=False),)
    assert answer.text == "Biscuit is on the left. (The detector found this.)"


def test_a_region_that_no_detector_found_is_not_said_to_be_found(llava: Path) -> None:
    assert BISCUIT.match is not None
    rest = replace(BISCUIT, match=replace(BISCUIT.match, region=Region(LEFT, None, 0.0)))
    request = asked("where is Biscuit?", rest, photo=PHOTO)
    assert parrot(llava, "?")[0].generate(request).text == "Biscuit is on the left."


def test_who_was_matched_in_the_whole_photo_is_pointed_to(llava: Path) -> None:
    request = asked("where is Biscuit?", pictured("Biscuit", Box.whole()), photo=PHOTO)
    (located,) = parrot(llava, POINTED)[0].generate(request).boxes
    assert located.is_pointed


def test_who_was_matched_in_the_whole_photo_and_not_pointed_to_has_no_box(llava: Path) -> None:
    request = asked("where is Biscuit?", pictured("Biscuit", Box.whole()), photo=PHOTO)
    answer = parrot(llava, "somewhere")[0].generate(request)
    assert answer.boxes == ()
    assert answer.text == ComposedGenerator().generate(request).text


def test_a_doubtful_match_stays_doubtful_where_the_model_points(llava: Path) -> None:
    assert BISCUIT.match is not None
    doubtful = replace(BISCUIT, match=replace(BISCUIT.match, score=BARELY))
    request = asked("where is Biscuit?", doubtful, photo=PHOTO)
    assert parrot(llava, POINTED)[0].generate(request).text == "I think Biscuit is on the left."


def test_a_plain_model_is_asked_for_a_box_too(llava: Path) -> None:
    generator, model = parrot(llava, POINTED, is_rap=False)
    (located,) = generator.generate(WHERE).boxes
    assert located.is_pointed
    assert "[x1, y1, x2, y2]" in model.asked[0]


STRANGER = Region(RIGHT, "dog", 0.9)
NO_MODEL = {
    "a place of somebody who was not recognised": asked("where is Luna?", LUNA, photo=PHOTO),
    "a place of several": asked("where are Biscuit and Luna?", BISCUIT, LUNA, photo=PHOTO),
    "a place of a kind": replace(
        asked("where is the dog?", LUNA, photo=PHOTO), regions=(Region.whole(), STRANGER)
    ),
    "a place without a photo": asked("where is Luna?", LUNA),
    "a place that was told": asked("where is Luna?", pictured("Luna", info="Luna lives in Bonn.")),
    "who it is without a photo": asked("who is this?", LUNA),
    "whether somebody is there without a photo": asked("is Luna in the photo?", LUNA),
    "a caption without a photo": asked("", LUNA),
    "a greeting": asked("hello!", LUNA),
    "thanks": asked("thank you"),
    "nobody in particular": asked("tell me about her"),
}


@pytest.mark.parametrize("request_of", NO_MODEL.values(), ids=NO_MODEL)
def test_no_model_is_asked_for(request_of: GenerationRequest, llava: Path) -> None:
    generator, model = parrot(llava, "Luna is behind the sofa.")
    assert generator.generate(request_of) == ComposedGenerator("parrot").generate(request_of)
    assert model.asked == []


def test_a_question_that_needs_a_photo_says_so(llava: Path) -> None:
    generator, _ = parrot(llava, "This is Luna.")
    answer = generator.generate(asked("who is this?", LUNA))
    assert answer.needs_photo
    pieces: list[str] = []
    assert generator.stream(asked("who is this?", LUNA), pieces.append) == answer
    assert "".join(pieces) == answer.text


@pytest.mark.parametrize(
    "request_of",
    [
        asked("who is this?", BISCUIT, photo=PHOTO),
        asked("is this Luna?", LUNA, photo=PHOTO),
        asked("", photo=PHOTO),
        asked("what is Luna afraid of?", LUNA),
        asked("tell me about Luna", LUNA),
        asked("what do corgis eat?"),
    ],
    ids=lambda request: request.question or "caption",
)
def test_the_model_is_asked_for_all_else(request_of: GenerationRequest, llava: Path) -> None:
    generator, model = parrot(llava, "It sleeps.")
    assert generator.generate(request_of).text == "It sleeps."
    assert len(model.asked) == 1


def test_answers_come_in_the_order_of_their_questions(llava: Path) -> None:
    generator, _ = parrot(llava, "It sleeps.")
    requests = [
        asked("what is Luna afraid of?", LUNA),
        NO_MODEL["thanks"],
        asked("who is this?", BISCUIT, photo=PHOTO),
        NO_MODEL["a greeting"],
    ]
    answers = generator.generate_many(requests)
    assert [one.text == "It sleeps." for one in answers] == [True, False, True, False]
    assert answers == [generator.generate(one) for one in requests]


def test_a_namesake_is_named_as_it_is_told_apart(llava: Path) -> None:
    theirs = replace(pictured("Luna", RIGHT), shown_name="Luna (Family)", concept_id=7)
    request = asked("where is Luna?", concept("Luna"), theirs, photo=PHOTO)
    answer = parrot(llava, POINTED)[0].generate(request)
    assert answer.boxes[0].name == "Luna (Family)"
