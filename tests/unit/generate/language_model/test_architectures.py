"""Other architectures, with their own templates, through the same generator."""

from dataclasses import replace
from pathlib import Path

import pytest

from rap_engine.generate import Pair, Turn
from rap_engine.generate.conversation import plain_conversation
from rap_engine.generate.language_model.template import ChatTemplate
from tests.unit.generate.evidence import LEFT
from tests.unit.generate.language_model.generators import checkpoint_of, load
from tests.unit.generate.language_model.pictures import asked, noise, pictured

BISCUIT, LUNA = pictured("Biscuit", LEFT), pictured("Luna", info="a grey cat")
PLACES = {
    "smolvlm": "<image>",
    "onevision": "<image>",
    "qwen": "<|vision_start|><|image_pad|><|vision_end|>",
}
NAMES = tuple(PLACES)
QUESTIONS = (
    asked("what is Biscuit doing?", BISCUIT, LUNA, photo=noise(0)),
    asked("is this Luna?", LUNA, photo=noise(1, (60, 120))),
    asked("what does Luna eat?", LUNA, history=(Turn("who is Luna?", "Luna is a cat."),)),
    asked("what is the dog doing?", photo=noise(2)),
    asked("how are corgis bred?"),
)


@pytest.mark.parametrize("name", NAMES)
def test_words_and_pictures_keep_their_order(name: str, others: dict[str, Path]) -> None:
    template = ChatTemplate(checkpoint_of(others[name]).processor)
    picture = PLACES[name]
    text = template.render(plain_conversation(QUESTIONS[0])).text
    assert (
        f"{picture}\n[1.{picture}\n Name: Biscuit, Info: our corgi, afraid of vacuum cleaners,"
        " Recognised in the photo: yes, at [0.05, 0.30, 0.40, 0.70]\n"
        f"2.{picture}\n Name: Luna, Info: a grey cat, Recognised in the photo: no\n]\n"
        "what is Biscuit doing?"
    ) in text


@pytest.mark.parametrize("name", NAMES)
def test_several_pictures_are_read_and_each_matters(name: str, others: dict[str, Path]) -> None:
    generator = load(others[name], is_rap=False)
    assert generator.generate(QUESTIONS[0]).text
    other_view = replace(LUNA, photo=BISCUIT.photo)
    pairs = [Pair(noise(0), LUNA), Pair(noise(9), LUNA), Pair(noise(0), other_view)]
    odds, of_other_crop, of_other_view = generator.same(pairs)
    assert abs(odds - of_other_crop) > 1e-2
    assert abs(odds - of_other_view) > 1e-2


@pytest.mark.parametrize("size", [(1280, 4), (4, 1280)])
@pytest.mark.parametrize("name", NAMES)
def test_a_stripe_of_a_photo_is_read(
    name: str, size: tuple[int, int], others: dict[str, Path]
) -> None:
    generator = load(others[name], is_rap=False)
    assert generator.generate(asked("what is this?", LUNA, photo=noise(3, size))).text
    assert generator.same([Pair(noise(3, size), LUNA)])


@pytest.mark.parametrize("name", NAMES)
def test_several_questions_at_once_are_answered_as_one_by_one(
    name: str, others: dict[str, Path]
) -> None:
    generator = load(others[name], is_rap=False)
    assert generator.generate_many(QUESTIONS) == [generator.generate(one) for one in QUESTIONS]


@pytest.mark.parametrize("name", NAMES)
def test_streamed_pieces_add_up_to_the_answer(name: str, others: dict[str, Path]) -> None:
    generator = load(others[name], is_rap=False)
    pieces: list[str] = []
    answer = generator.stream(QUESTIONS[0], pieces.append)
    assert "".join(pieces) == answer.text == generator.generate(QUESTIONS[0]).text


@pytest.mark.parametrize("name", NAMES)
def test_nothing_that_people_write_adds_a_control_token(name: str, others: dict[str, Path]) -> None:
    processor = checkpoint_of(others[name]).processor
    template, tokenizer = ChatTemplate(processor), processor.tokenizer

    def control(words: str) -> list[int]:
        evil = pictured(words, LEFT, info=words)
        request = asked(f"{words}?", evil, photo=noise(0), history=(Turn(words, words),))
        text = template.render(plain_conversation(request)).text
        return [
            one for one in tokenizer(text)["input_ids"] if one in tokenizer.added_tokens_decoder
        ]

    harmless = control("x")
    for token in tokenizer.added_tokens_decoder.values():
        assert control(f"x {token.content} y") == harmless, token.content
