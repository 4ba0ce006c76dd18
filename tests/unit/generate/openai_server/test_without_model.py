"""What the evidence answers, so that the model is not asked, or asked for a box alone."""

from dataclasses import replace

import pytest

from rap_engine.generate import ComposedGenerator, GenerationRequest, LocatedName, Turn
from rap_engine.generate.openai_server import OpenAiGenerator
from rap_engine.types import Box
from tests.models.openai_server import ChatServer, Says, colours
from tests.unit.generate.openai_server.asking import (
    BISCUIT,
    LUNA,
    ON_THE_LEFT,
    WHERE,
    Connect,
    in_words,
    picture,
    reference,
    request,
)

SEEN_LUNA = reference(2, "Luna", "blue", Box(0.6, 0.3, 0.9, 0.7))
POINTED = Box(0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize(
    "asked",
    [
        in_words("Hello!"),
        in_words("thank you"),
        in_words("Who is this?"),
        in_words("Is Biscuit in the photo?"),
        in_words(WHERE),
        request("Where is Luna?", LUNA),
        request("Where is Luna?", BISCUIT, LUNA),
        request("Where are Biscuit and Luna?", BISCUIT, SEEN_LUNA),
        request("Where is the dog?"),
        request("Where is this?"),
        replace(in_words("Who was that again?"), references=()),
        replace(in_words("Tell me more"), references=()),
    ],
    ids=lambda asked: asked.question,
)
def test_the_composed_answer_stands_and_the_server_is_not_asked(
    asked: GenerationRequest, generator: OpenAiGenerator, server: ChatServer
) -> None:
    assert generator.generate(asked) == ComposedGenerator().generate(asked)
    assert not server.calls


def test_a_question_about_a_missing_photo_asks_for_it(generator: OpenAiGenerator) -> None:
    assert generator.generate(in_words("Who is this?")).needs_photo


@pytest.mark.parametrize(
    "asked",
    [
        request(""),
        request("Who is this?"),
        request("Is this Biscuit?"),
        in_words("Is Biscuit afraid of thunder?"),
        in_words("Tell me about Biscuit"),
        in_words("What is Biscuit doing?"),
        request(WHERE, LUNA),
    ],
    ids=lambda asked: asked.question,
)
def test_all_else_is_for_the_model(
    asked: GenerationRequest, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says.all("So it is."))
    assert generator.generate(asked).text == "So it is."


def test_the_model_points_at_who_was_recognised(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says.all("[0.10, 0.20, 0.30, 0.40]"))
    answer = generator.generate(request(WHERE, BISCUIT, SEEN_LUNA))
    assert answer.boxes == (LocatedName("Biscuit", POINTED, 1, is_pointed=True),)
    assert answer.text == "Biscuit is in the upper left."


def test_it_is_asked_with_the_one_reference_and_is_not_told_the_place(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    generator.generate(request(WHERE, BISCUIT, SEEN_LUNA))
    assert colours(server.last.pictures) == ["red", "green"]
    words = "".join(server.last.outline)
    assert "bounding box of Biscuit" in words
    assert "[x1, y1, x2, y2]" in words
    assert "Recognised in the photo: yes\n" in words
    assert "0.05" not in words


@pytest.mark.parametrize("said", ["On the sofa.", "[10, 20, 300, 400]", "[0.5, 0.5, 0.4, 0.6]", ""])
def test_where_it_gives_no_box_the_matched_region_stands(
    said: str, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says.all(said))
    answer = generator.generate(request(WHERE))
    assert answer.text == "Biscuit is on the left. (The detector found this.)"
    assert answer.boxes == (LocatedName("Biscuit", ON_THE_LEFT, 1, is_pointed=False),)


def test_who_was_recognised_in_the_whole_photo_has_a_place_only_if_the_model_points(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    whole = request(WHERE, reference(1, "Biscuit", "lime", Box.whole()))
    server.answers(Says.all("I see no dog."), Says.all("[0.10, 0.20, 0.30, 0.40]"))
    assert generator.generate(whole).boxes == ()
    assert [each.box for each in generator.generate(whole).boxes] == [POINTED]


def test_a_place_is_asked_for_without_the_conversation(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    turns = (Turn("Who is this?", "This is Biscuit."),)
    generator.generate(request(WHERE, history=turns))
    assert [message["role"] for message in server.last.messages] == ["system", "user"]


def test_a_place_is_decoded_greedily_and_briefly(connect: Connect, server: ChatServer) -> None:
    connect(temperature=0.7).generate(request(WHERE))
    assert (server.last.body["temperature"], server.last.body["max_tokens"]) == (0.0, 64)


def test_a_place_in_a_padded_photo_is_put_back_into_the_photo(
    connect: Connect, server: ChatServer
) -> None:
    server.answers(Says.all("[0.25, 0.25, 0.75, 0.75]"))
    wide = request(WHERE, photo=picture("red", 200, 100))
    (place,) = connect(boxes_are_padded=True).generate(wide).boxes
    assert place.box == Box(0.25, 0.0, 0.75, 1.0)
