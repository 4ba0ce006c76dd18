"""A whole report, its variants and its adapters."""

import json
import time
from pathlib import Path

import pytest
import torch

from rap_engine.errors import BadAdapter
from rap_engine.evaluation.asking import answers_to
from rap_engine.evaluation.evaluation_set import EvaluationSet
from rap_engine.evaluation.generation import Exam
from rap_engine.evaluation.rap_format import BadDataset
from rap_engine.evaluation.tables import as_markdown, as_text
from rap_engine.evaluation.variants import Variant
from rap_engine.generate import ComposedGenerator, GenerationRequest
from tests.models.llava import write_llava, write_lora
from tests.unit.evaluation.generators import Broken, Cramped, Looks, Says
from tests.unit.evaluation.sets import exam_of, profile_of, write_set
from tests.unit.generate.language_model.generators import load

SHADES = ("red", "lime", "blue", "yellow", "magenta", "cyan", "white", "black")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_set(tmp_path / "set")


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Eight concepts, as far from each other as colours can be."""
    names = {colour: f"friend{number}" for number, colour in enumerate(SHADES)}
    return write_set(
        tmp_path / "many",
        concepts={
            f"<{name}>": {"name": name, "image": f"{name}.jpg", "info": "", "category": "dog"}
            for name in names.values()
        },
        avatars={f"{name}.jpg": colour for colour, name in names.items()},
        queries={f"{colour}.jpg": [f"<{name}>"] for colour, name in names.items()},
        strangers={},
    )


def test_who_looks_falls_to_chance_on_shuffled_photos(many: Path) -> None:
    means, rights = [], []
    for seed in range(8):
        exam = exam_of(Looks(), many, seed=seed)
        assert exam.measure().recognition.mean == 1.0
        shuffled = exam.measure(Variant.SHUFFLED)
        assert shuffled.recognition.mean is not None
        means.append(shuffled.recognition.mean)
        rights.append(shuffled.captions.recall)
    assert sum(means) / len(means) == pytest.approx(0.5, abs=0.1)
    assert rights == [0.0] * 8


def test_who_follows_the_evidence_does_not_notice_that_photos_were_shuffled(folder: Path) -> None:
    exam = exam_of(ComposedGenerator(), folder)
    assert exam.measure(Variant.SHUFFLED).recognition == exam.measure().recognition
    assert exam.measure(Variant.SHUFFLED).captions.f1 == 1.0


def test_variants_that_ask_the_same_are_asked_once(folder: Path) -> None:
    generator = Says("No.")
    exam = exam_of(generator, folder)
    exam.measure()
    of_first = len(generator.asked)
    exam.measure(Variant.WITH_CUTOFF)
    assert len(generator.asked) == 2 * of_first - 12
    exam.measure(Variant.WITHOUT_INFO)
    assert len(generator.asked) == 3 * of_first - 12


def test_the_report_says_what_made_it(folder: Path) -> None:
    exam = exam_of(Broken(), folder, seed=7)
    begun = time.perf_counter()
    measured = exam.measure(Variant.WITHOUT_INFO)
    assert 0 < measured.seconds <= time.perf_counter() - begun
    report = json.loads(json.dumps(measured.to_json(), allow_nan=False))
    assert report["variant"] == "without_info"
    assert (report["profile"], report["generator"], report["adapter"]) == (
        "colourful",
        "says",
        None,
    )
    assert (report["detector"], report["encoder"], report["cutoff"]) == ("halves", "colours", 0.9)
    assert (report["most_references"], report["seed"]) == (2, 7)
    assert report["evaluation_set"] == EvaluationSet.in_folder(folder).sha256
    assert report["n"] == {"concepts": 2, "queries": 4, "strangers": 2, "questions": 2}
    assert report["seconds"] == round(measured.seconds, 2)
    assert report["recognition"]["not_numbers"] == 12
    assert report["captions"]["n"] == {"photos": 6, "expected": 4, "said": 0, "hits": 0}
    assert report["questions"]["mistakes"][0]["said"] == "No."


def test_a_question_that_does_not_fit_is_answered_with_nothing(folder: Path) -> None:
    generator = Cramped()
    requests = [
        GenerationRequest(f"Is {name} here?", None, (), ()) for name in ("rex", "luna", "rex")
    ]
    assert answers_to(generator, requests) == ["Yes.", "", "Yes."]
    assert max(generator.sizes[1:]) <= 2


def test_what_the_check_raises_ends_the_measuring(folder: Path) -> None:
    class Enough(Exception):
        pass

    left = [None] * 5

    def check() -> None:
        if not left:
            raise Enough
        left.pop()

    generator = Says("No.")
    asked = EvaluationSet.in_folder(folder)
    exam = Exam(profile_of(generator), asked, most=2, progress=lambda _: None, check=check)
    with pytest.raises(Enough):
        exam.measure()
    assert len(generator.asked) <= 5


def test_a_photo_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "mediumblue.jpg").write_bytes((folder / "mediumblue.jpg").read_bytes()[:400])
    with pytest.raises(BadDataset, match=r"mediumblue\.jpg"):
        exam_of(Looks(), folder)


def test_a_generator_without_adapters_refuses_one(folder: Path) -> None:
    with pytest.raises(BadAdapter, match="takes no adapter"):
        exam_of(Looks(), folder).measure(adapter=folder)


def test_adapters_are_switched_round_one_base(folder: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    write_llava(tmp_path / "base")
    write_lora(tmp_path / "one", tmp_path / "base", 1)
    exam = exam_of(load(tmp_path / "base"), folder)
    alone = exam.measure()
    adapted = exam.measure(adapter=tmp_path / "one")
    again = exam.measure()
    assert (alone.adapter, adapted.adapter, again.adapter) == (None, "one", None)
    assert again.captions == alone.captions
    # Weights of chance tell nothing apart; what they say still is one adapter's and not the base's.
    assert adapted.captions.mistakes != alone.captions.mistakes
    assert adapted.recognition.auc is not None


def test_a_table_has_a_row_a_report(folder: Path) -> None:
    exam = exam_of(Says("Yes, rex."), folder)
    rows = [("full", exam.measure()), ("a|b", exam.measure(Variant.WITH_CUTOFF))]
    head, _, first, second = as_markdown(rows).splitlines()
    assert head == (
        "|  | positive | negative | mean | AUC"
        " | precision | recall | F1 | F1 of known | questions |"
    )
    assert first == ("| full | 1.000 | 0.000 | 0.500 | - | 0.333 | 0.500 | 0.400 | 0.500 | 0.000 |")
    assert second.startswith(r"| a\|b | 1.000 |")
    assert [len(line.split()) for line in as_text(rows).splitlines()] == [11, 10, 10]
