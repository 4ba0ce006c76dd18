"""Decoding: greedy, drawn, streamed, stopped, several questions at once."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rap_engine.errors import OutOfMemory
from rap_engine.generate import Adaptable, Generator, Turn, Verifier
from rap_engine.generate.language_model import Budget, Decoding, LanguageModelGenerator
from rap_engine.generate.language_model.decoding import Decoder
from rap_engine.generate.language_model.features import FeatureInputs
from tests.models.llava import CONTEXT
from tests.unit.generate.evidence import LEFT
from tests.unit.generate.language_model.generators import (
    BUDGET,
    around,
    checkpoint_of,
    load,
    parrot,
    rendered,
)
from tests.unit.generate.language_model.pictures import asked, noise, pictured

BISCUIT, LUNA = pictured("Biscuit", LEFT), pictured("Luna", info="a grey cat")
SEEN = asked("what is Biscuit doing?", BISCUIT, LUNA, photo=noise(0))
SEVERAL = (
    SEEN,
    asked("is this Luna?", LUNA, photo=noise(1, (60, 90))),
    asked("what does Luna eat?", LUNA),
    asked("what is this dog doing?", photo=noise(2)),
    asked("how old is Biscuit?", BISCUIT, LUNA, history=(Turn("who is Luna?", "a cat"),)),
    asked("what is Luna doing?", LUNA, BISCUIT, photo=noise(3), is_small=True),
)


def test_it_can_all_that_a_generator_can(shared: LanguageModelGenerator) -> None:
    generator: Generator = shared
    assert isinstance(generator, Adaptable)
    assert isinstance(generator, Verifier)
    assert generator.name == "tiny"


def test_greedy_answers_are_the_same_each_time(shared: LanguageModelGenerator) -> None:
    assert shared.generate(SEEN) == shared.generate(SEEN)
    assert shared.generate(SEEN).text


def test_the_photo_matters(shared: LanguageModelGenerator) -> None:
    other = replace(SEEN, photo=noise(99))
    assert shared.generate(SEEN) != shared.generate(other)


@pytest.mark.parametrize("model", ["llava", "phi"])
def test_several_questions_at_once_are_answered_as_one_by_one(
    model: str, request: pytest.FixtureRequest
) -> None:
    generator = load(request.getfixturevalue(model))
    together = generator.generate_many(SEVERAL)
    assert together == [generator.generate(one) for one in SEVERAL]
    assert len({answer.text for answer in together}) > len(SEVERAL) // 2


def test_no_questions_have_no_answers(shared: LanguageModelGenerator) -> None:
    assert shared.generate_many([]) == []


def test_each_answer_of_a_batch_ends_at_a_limit_of_its_own(phi: Path) -> None:
    checkpoint = checkpoint_of(phi)
    decoder = Decoder(checkpoint, frozenset({checkpoint.processor.tokenizer.eos_token_id}))
    rows = [rendered(checkpoint, SEVERAL[0]), rendered(checkpoint, SEVERAL[1])]
    inputs = FeatureInputs(checkpoint).read(rows)
    short, long = decoder.decode(inputs, [2, 6], Decoding())
    assert (len(short), len(long)) == (2, 6)
    assert decoder.decode(inputs, [6, 6], Decoding())[0][:2] == short


@pytest.mark.parametrize(("model", "end"), [("llava", "</s>"), ("phi", "<|end|>")])
def test_an_answer_ends_where_the_template_ends_a_turn(
    model: str, end: str, request: pytest.FixtureRequest
) -> None:
    generator, _ = parrot(request.getfixturevalue(model), f"It sleeps.{end} USER: and then?")
    assert generator.generate(SEEN).text == "It sleeps."


def test_seeded_answers_are_drawn_alike(llava: Path) -> None:
    drawn = [
        load(llava, decoding=Decoding(temperature=1.5, top_p=0.95, seed=seed)).generate(SEEN).text
        for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_what_is_hardly_warm_is_greedy(llava: Path, shared: LanguageModelGenerator) -> None:
    cold = load(llava, decoding=Decoding(temperature=1e-4, seed=3))
    assert cold.generate(SEEN) == shared.generate(SEEN)


@pytest.mark.parametrize("question", SEVERAL)
def test_streamed_pieces_add_up_to_the_answer(
    question: object, shared: LanguageModelGenerator
) -> None:
    assert isinstance(question, type(SEEN))
    pieces: list[str] = []
    answer = shared.stream(question, pieces.append)
    assert answer == shared.generate(question)
    assert "".join(pieces) == answer.text


def test_pieces_come_as_they_are_said(phi: Path) -> None:
    pieces: list[str] = []
    load(phi).stream(SEEN, pieces.append)
    assert len(pieces) > 3


def test_an_answer_stops_when_it_is_asked_to(phi: Path) -> None:
    generator = load(phi)
    enough = threading.Event()
    pieces: list[str] = []

    def hear(piece: str) -> None:
        pieces.append(piece)
        if len(pieces) == 2:
            enough.set()

    answer = generator.stream(SEEN, hear, enough.is_set)
    whole = generator.generate(SEEN).text
    assert answer.text == "".join(pieces)
    assert whole.startswith(answer.text)
    assert len(answer.text) < len(whole)


def test_a_place_is_not_streamed_token_by_token(llava: Path) -> None:
    generator, _ = parrot(llava, "[0.12, 0.34, 0.56, 0.64]")
    pieces: list[str] = []
    answer = generator.stream(asked("where is Biscuit?", BISCUIT, photo=noise(0)), pieces.append)
    assert pieces == [answer.text]


@pytest.mark.parametrize("words", ["", "  \n", "<pad>"])
def test_a_model_without_words_has_no_answer(words: str, llava: Path) -> None:
    generator, _ = parrot(llava, words)
    request = asked("who is this?", BISCUIT, photo=noise(0))
    pieces: list[str] = []
    assert generator.generate(request) == generator.stream(request, pieces.append)
    assert "".join(pieces) == "I have no answer to that. Please ask in other words."


def test_the_model_reads_no_more_than_its_context(llava: Path) -> None:
    budget = Budget(context=160, max_references=3, max_new_tokens=16)
    generator = load(llava, budget=budget)
    assert generator.generate(SEEN).text


def test_the_checkpoints_own_sampling_is_not_used(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    assert checkpoint.model.generation_config.temperature is None
    assert not checkpoint.model.generation_config.do_sample
    assert checkpoint.processor.tokenizer.padding_side == "left"
    assert BUDGET.context == CONTEXT


def test_a_full_device_is_our_error_and_the_next_question_is_answered(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    generator = around(checkpoint)
    before = generator.generate(SEEN)

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError

    for part in (checkpoint.model.model.vision_tower, checkpoint.model.lm_head):
        hook = part.register_forward_pre_hook(full)
        with pytest.raises(OutOfMemory):
            generator.generate(SEEN)
        hook.remove()
    assert generator.generate(SEEN) == before
