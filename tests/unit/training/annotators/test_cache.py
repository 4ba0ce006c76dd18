"""What was paid for once is not asked for again."""

import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from rap_engine.errors import ServerAway
from rap_engine.training.annotators import Asked, CachedAnnotator, NoAnnotation, Sight
from tests.unit.training.annotators.sights import CAT, DOG, sight


class Counting:
    """Counts what it is asked, and answers or fails."""

    def __init__(self, name: str = "counting", fails: Exception | None = None) -> None:
        self.name = name
        self.fails = fails
        self.asked: Counter[str] = Counter()

    def describe(self, sight: Sight) -> str:
        return self._answer("describe")

    def caption(self, sight: Sight) -> str:
        return self._answer("caption")

    def questions(self, sight: Sight) -> tuple[Asked, ...]:
        return (Asked("Who?", self._answer("questions")),)

    def _answer(self, task: str) -> str:
        self.asked[task] += 1
        if self.fails is not None:
            raise self.fails
        return f"{task} {self.asked[task]}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "answers.sqlite"


def cached(annotator: Counting, file: Path) -> CachedAnnotator:
    return CachedAnnotator(annotator, file)


def ask_all(annotator: CachedAnnotator, seen: Sight) -> tuple[str, str, tuple[Asked, ...]]:
    return annotator.describe(seen), annotator.caption(seen), annotator.questions(seen)


def test_a_second_time_costs_nothing_not_even_in_another_process(file: Path) -> None:
    counting = Counting()
    first = cached(counting, file)
    said = ask_all(first, sight(DOG))
    assert ask_all(first, sight(DOG)) == said
    first.close()
    again = Counting()
    second = cached(again, file)
    assert ask_all(second, sight(DOG)) == said
    second.close()
    assert counting.asked == {"describe": 1, "caption": 1, "questions": 1}
    assert not again.asked


def test_the_wordings_seed_is_no_part_of_what_was_seen(file: Path) -> None:
    counting = Counting()
    kept = cached(counting, file)
    kept.describe(sight(DOG, seed="1"))
    kept.describe(sight(DOG, seed="2"))
    kept.close()
    assert counting.asked["describe"] == 1


@pytest.mark.parametrize(
    "other",
    [
        sight(CAT),
        sight(DOG, CAT),
        sight(DOG, colour="blue"),
        sight(DOG, others=("dog",)),
        sight(DOG, captions=("A dog.",)),
        sight(replace(DOG, info="told")),
    ],
)
def test_anything_else_that_is_seen_is_asked_for(other: Sight, file: Path) -> None:
    counting = Counting()
    kept = cached(counting, file)
    kept.describe(sight(DOG))
    kept.describe(other)
    kept.close()
    assert counting.asked["describe"] == 2


def test_another_annotator_has_answers_of_its_own(file: Path) -> None:
    for name in ("one", "other"):
        counting = Counting(name)
        kept = cached(counting, file)
        kept.describe(sight(DOG))
        kept.close()
        assert counting.asked["describe"] == 1
        assert kept.name == name


def test_a_bad_answer_is_not_paid_for_twice(file: Path) -> None:
    counting = Counting(fails=NoAnnotation("no JSON"))
    kept = cached(counting, file)
    for _ in range(2):
        with pytest.raises(NoAnnotation, match="no JSON"):
            kept.caption(sight(DOG))
    kept.close()
    assert counting.asked["caption"] == 1


def test_a_server_that_is_away_is_asked_again(file: Path) -> None:
    counting = Counting(fails=ServerAway("away"))
    kept = cached(counting, file)
    for _ in range(2):
        with pytest.raises(ServerAway):
            kept.describe(sight(DOG))
    kept.close()
    assert counting.asked["describe"] == 2


def test_an_answer_is_on_disk_before_it_is_given_out(file: Path) -> None:
    kept = cached(Counting(), file)
    kept.describe(sight(DOG))
    # Another process looks while this one is alive, as if it had been killed here.
    with sqlite3.connect(file) as other:
        assert other.execute("SELECT count(*) FROM answers").fetchone() == (1,)
    other.close()
    kept.close()
