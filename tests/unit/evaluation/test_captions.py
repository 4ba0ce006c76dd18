"""Right and wrong names in captions."""

from pathlib import Path

import pytest

from rap_engine.evaluation.captions import Caption, count_names
from rap_engine.evaluation.variants import Variant
from tests.unit.evaluation.generators import Looks, Says
from tests.unit.evaluation.sets import exam_of, write_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_set(tmp_path / "set")


def test_who_names_everybody_has_all_and_little_precision(folder: Path) -> None:
    report = exam_of(Says("Rex and Luna's garden"), folder).measure()
    every, known = report.captions, report.captions_of_known
    assert (every.recall, every.precision, every.f1) == (1.0, 4 / 12, 0.5)
    assert (known.recall, known.precision, known.f1) == (1.0, 0.5, 2 / 3)
    assert (every.photos, every.expected, every.said, every.hits) == (6, 4, 12, 4)
    assert (known.photos, len(every.mistakes), len(known.mistakes)) == (4, 6, 4)


def test_who_names_nobody_has_no_precision_to_speak_of(folder: Path) -> None:
    figures = exam_of(Says("A photo of an animal."), folder).measure().captions
    assert (figures.recall, figures.precision, figures.f1) == (0.0, None, 0.0)


def test_who_names_the_right_ones_is_right(folder: Path) -> None:
    figures = exam_of(Looks(), folder).measure().captions
    assert (figures.recall, figures.precision, figures.f1) == (1.0, 1.0, 1.0)


def test_a_right_name_beside_a_wrong_one_is_a_mistake() -> None:
    both, one = frozenset({"rex", "luna"}), frozenset({"rex"})
    figures = count_names([Caption("a.jpg", "", one, both), Caption("b.jpg", "", one, one)])
    assert [each.photo for each in figures.mistakes] == ["a.jpg"]
    assert (figures.recall, figures.precision) == (1.0, 2 / 3)


@pytest.mark.parametrize(
    ("variant", "red", "yellow"),
    [
        (Variant.FULL, [("rex", True), ("luna", False)], 2),
        (Variant.SHUFFLED, [("rex", True), ("luna", False)], 2),
        (Variant.WITH_CUTOFF, [("rex", True)], 0),
        (Variant.SKIP_RETRIEVAL, [("rex", True)], 0),
    ],
)
def test_a_variant_decides_which_references_come_along(
    folder: Path, variant: Variant, red: list[tuple[str, bool]], yellow: int
) -> None:
    generator = Says("")
    exam_of(generator, folder).measure(variant)
    captions = [each for each in generator.asked if each.question.startswith("Give a caption")]
    first, *_, strange, _lime = captions
    assert [(each.name, each.match is not None) for each in first.references] == red
    assert len(strange.references) == yellow
    assert first.cutoff == 0.9


def test_no_more_references_come_along_than_the_generator_takes(folder: Path) -> None:
    generator = Says("")
    exam_of(generator, folder, most=1).measure()
    counts = {len(each.references) for each in generator.asked if each.photo is not None}
    assert counts == {1}
