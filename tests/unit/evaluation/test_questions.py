"""Answers to questions that are known."""

import json
from pathlib import Path

import pytest

from rap_engine.evaluation.evaluation_set import EvaluationSet
from rap_engine.evaluation.questions import chosen, is_answered
from rap_engine.evaluation.rap_format import BadDataset
from rap_engine.evaluation.told import ToldQuestion
from rap_engine.evaluation.variants import Variant
from rap_engine.generate import ComposedGenerator
from tests.unit.evaluation.generators import Says
from tests.unit.evaluation.sets import LUNA, REX, STRANGERS, exam_of, write_set

OPTIONS = ("\u2026 eats socks.", "\u2026 hates rain.")
ASKED = [
    {"question": "What does Rex eat?", "concept": REX, "answer": "socks"},
    {"question": "Who hates rain?", "options": ["rex", "luna"], "answer": "B"},
    {"question": "Which colour?", "photo": "red.jpg", "concept": REX, "answer": "red"},
]


@pytest.mark.parametrize(
    ("said", "letter"),
    [
        ("B", "B"),
        ("(b).", "B"),
        ("B. He hates rain", "B"),
        ("The answer is B", "B"),
        ("Answer: B, I think", "B"),
        ("A dog, and it hates rain", None),  # an article, and no option in full
        ("I was told: Luna hates rain", None),
        ("C", None),
        ("Both A and B", None),
        ("", None),
    ],
)
def test_the_letter_of_an_answer_is_found(said: str, letter: str | None) -> None:
    assert chosen(OPTIONS, said) == letter


def test_the_words_of_one_option_choose_it() -> None:
    options = ("\u2026 is a fluffy corgi. He snores.", "\u2026 is a grey old cat.")
    assert chosen(options, "I was told: Biscuit is a fluffy corgi.") == "A"
    assert chosen(options, "is a fluffy corgi, or is a grey old cat") is None


@pytest.mark.parametrize(
    ("said", "is_right"), [("He eats SOCKS, mostly.", True), ("sockseller", False), ("", False)]
)
def test_an_answer_in_words_must_be_said(said: str, is_right: bool) -> None:
    assert is_answered(ToldQuestion(question="?", answer="socks."), said) is is_right


def test_questions_are_made_of_infos_where_there_is_no_file(tmp_path: Path) -> None:
    made = EvaluationSet.in_folder(write_set(tmp_path))
    assert made.is_derived
    assert [each.concept for each in made.questions] == [REX, LUNA]
    for question, info in zip(made.questions, OPTIONS, strict=True):
        assert sorted(question.options) == sorted(OPTIONS)
        assert question.options["AB".index(question.answer)] == info
        assert question.photo is None
    assert made.questions == EvaluationSet.in_folder(tmp_path).questions


def test_a_question_with_options_is_put_in_raps_own_form() -> None:
    question = ToldQuestion(question="What is told of rex?", options=OPTIONS, answer="A")
    assert question.words == (
        "Question: What is told of rex?\nOptions:\nA. \u2026 eats socks.\nB. \u2026 hates rain.\n"
        "Please give a single character from the options above. \n"
    )


def test_a_set_of_one_info_has_no_questions(tmp_path: Path) -> None:
    one = {REX: {"name": "rex", "image": "rex.jpg", "info": "Rex eats socks.", "category": ""}}
    folder = write_set(tmp_path, concepts=one, queries={"red.jpg": [REX]})
    figures = exam_of(Says("A"), folder).measure().questions
    assert (figures.text, figures.visual, figures.mean) == (None, None, None)


def test_questions_in_words_and_about_photos_count_apart(tmp_path: Path) -> None:
    generator = Says("B. Rex eats socks")
    figures = exam_of(generator, write_set(tmp_path, questions=ASKED)).measure().questions
    assert (figures.text, figures.visual, figures.mean) == (1.0, 0.0, 0.5)
    assert (figures.texts, figures.visuals, figures.is_derived) == (2, 1, False)
    assert [(m.question, m.photo) for m in figures.mistakes] == [("Which colour?", "red.jpg")]


def test_a_question_is_about_those_whom_it_names(tmp_path: Path) -> None:
    generator = Says("")
    exam_of(generator, write_set(tmp_path, questions=ASKED)).measure()
    eats, hates, colour = generator.asked[-3:]
    assert (eats.photo, [each.name for each in eats.references]) == (None, ["rex"])
    assert eats.references[0].info == "Rex eats socks."
    assert hates.references == ()
    assert colour.photo is not None
    assert [each.name for each in colour.references] == ["rex", "luna"]


def test_nothing_is_answered_without_infos(tmp_path: Path) -> None:
    exam = exam_of(ComposedGenerator(), write_set(tmp_path, questions=ASKED[:1]))
    assert exam.measure().questions.text == 1.0
    assert exam.measure(Variant.WITHOUT_INFO).questions.text == 0.0


@pytest.mark.parametrize(
    ("question", "complaint"),
    [
        ({"question": "?", "answer": "x", "concept": "<nobody>"}, "<nobody> is not in the"),
        ({"question": "?", "answer": "C", "options": ["x", "y"]}, "C is none of the options"),
        ({"question": "?", "answer": "x", "photo": "gone.jpg"}, "gone.jpg: no such photo"),
        ({"question": "?", "answer": "x", "colour": "red"}, "colour"),
        ({"question": "?"}, "answer"),
    ],
)
def test_a_wrong_question_is_refused_with_its_file(
    tmp_path: Path, question: dict[str, object], complaint: str
) -> None:
    folder = write_set(tmp_path)
    (folder / "questions.json").write_text(json.dumps([question]))
    with pytest.raises(BadDataset, match=complaint):
        EvaluationSet.in_folder(folder)


def test_the_hash_is_of_the_content_wherever_it_lies(tmp_path: Path) -> None:
    one = EvaluationSet.in_folder(write_set(tmp_path / "one"))
    assert EvaluationSet.in_folder(write_set(tmp_path / "two")).sha256 == one.sha256
    (tmp_path / "two" / "mediumblue.jpg").write_bytes((tmp_path / "two" / "red.jpg").read_bytes())
    others = {
        EvaluationSet.in_folder(tmp_path / "two").sha256,
        EvaluationSet.in_folder(write_set(tmp_path / "three", questions=ASKED)).sha256,
        EvaluationSet.in_folder(
            write_set(tmp_path / "four", strangers={**STRANGERS, "cyan.jpg": []})
        ).sha256,
    }
    assert len({one.sha256, *others}) == 4
