"""Records of others: how many, and as they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from rap_engine.training.building.passing import Passing
from rap_engine.training.records import Kind, Record, RecordReference, Said
from rap_engine.training.skips import Skips

WEIGHTS: dict[Kind, float] = {"recognition": 40, "caption": 60, "instruction": 50}


@dataclass(frozen=True)
class Ready:
    """A source of so many instructions and captions."""

    name: str
    instructions: int
    captions: int = 0

    def records(self, skips: Skips) -> Iterator[Record]:
        skips.note(self.name, "broken_record", "x.json#3")
        for number in range(self.instructions):
            yield record(f"{self.name}-i{number}", "instruction")
        for number in range(self.captions):
            yield record(f"{self.name}-c{number}", "caption")


def record(record_id: str, kind: Kind) -> Record:
    said = (Said("human", "Why?"), Said("gpt", "Because."))
    return Record(record_id, kind, None, said, (RecordReference("/c.jpg", "Bo", "told", "dog"),))


def look(
    *sources: tuple[Ready, int | None],
    beside: int = 0,
    with_info: bool = True,
    skips: Skips | None = None,
) -> Passing:
    return Passing.look(
        sources,
        weights=WEIGHTS,
        beside=beside,
        skips=skips or Skips(),
        check=lambda: None,
        seed=1,
        with_info=with_info,
    )


def ids(passing: Passing) -> Sequence[str]:
    return [each.id for each in passing.records()]


def test_records_are_handed_on_as_they_are() -> None:
    passing = look((Ready("llava", 3), None))
    assert list(passing.records()) == [
        record(f"llava-i{number}", "instruction") for number in range(3)
    ]


def test_there_are_as_many_instructions_as_the_weights_say() -> None:
    passing = look((Ready("llava", 1000), None), beside=100)
    assert passing.wanted == len(ids(passing)) == 50
    assert max(int(each.removeprefix("llava-i")) for each in ids(passing)) > 900


def test_all_records_of_other_kinds_are_used_and_count() -> None:
    passing = look((Ready("rap", 1000, 60), None), beside=40)
    kinds = [each.kind for each in passing.records()]
    assert (kinds.count("instruction"), kinds.count("caption")) == (50, 60)


def test_two_sources_share_what_is_wanted() -> None:
    passing = look((Ready("one", 300), None), (Ready("other", 100), None), beside=80)
    found = ids(passing)
    assert sum(each.startswith("one") for each in found) == 30
    assert sum(each.startswith("other") for each in found) == 10


def test_a_source_gives_no_more_than_it_may() -> None:
    assert len(ids(look((Ready("rap", 30, 60), 30), beside=1000))) == 30
    assert len(ids(look((Ready("llava", 30), 7), beside=1000))) == 7


@pytest.mark.parametrize("weight", [0.0, 50.0])
def test_instructions_alone_are_all_used_unless_they_weigh_nothing(weight: float) -> None:
    passing = Passing.look(
        [(Ready("llava", 9), None)],
        weights={"caption": 1, "instruction": weight},
        beside=0,
        skips=Skips(),
        check=lambda: None,
        seed=1,
        with_info=True,
    )
    assert len(ids(passing)) == (9 if weight else 0)


def test_what_is_skipped_is_told_once_though_the_source_is_read_thrice() -> None:
    skips = Skips()
    passing = look((Ready("rap", 2, 4), None), skips=skips)
    assert len(ids(passing)) == 6
    assert skips.to_json() == {"rap": {"broken_record": 1}}


def test_without_infos_they_lose_theirs() -> None:
    (only,) = look((Ready("llava", 1), None), with_info=False).records()
    expected = record("llava-i0", "instruction")
    reference = replace(expected.references[0], info="")
    assert only == replace(expected, references=(reference,))
