"""A region shows one concept, a concept is in one region, and a stranger is not given a name."""

from hypothesis import given
from hypothesis import strategies as st

from rap_engine.retrieve.matching import Candidate, match, ranking
from rap_engine.types import Box, Region

CUTOFF = 0.6
WHOLE = Region.whole()
LEFT = Region(Box(0.0, 0.0, 0.5, 1.0), "dog", 0.9)
RIGHT = Region(Box(0.5, 0.0, 1.0, 1.0), "cat", 0.9)
NEARLY_LEFT = Region(Box(0.0, 0.0, 0.55, 1.0), "teddy bear", 0.4)
REGIONS = (WHOLE, LEFT, RIGHT, NEARLY_LEFT)
IN_WHOLE, ON_LEFT, ON_RIGHT, NEAR_LEFT = range(4)
BISCUIT, LUNA = 1, 2


def _near(region: int, concept_id: int, score: float) -> Candidate:
    return Candidate(region, concept_id, view_id=concept_id * 10, score=score)


def _named(*candidates: Candidate) -> list[tuple[Region, int]]:
    return [(m.region, m.concept_id) for m in match(REGIONS, candidates, CUTOFF)]


def test_below_the_cutoff_nobody_is_named() -> None:
    assert _named(_near(ON_LEFT, BISCUIT, 0.59)) == []


def test_at_the_cutoff_somebody_is() -> None:
    assert _named(_near(ON_LEFT, BISCUIT, 0.6)) == [(LEFT, BISCUIT)]


def test_two_regions_show_two_concepts() -> None:
    named = _named(_near(ON_LEFT, BISCUIT, 0.7), _near(ON_RIGHT, LUNA, 0.8))
    assert named == [(RIGHT, LUNA), (LEFT, BISCUIT)]


def test_a_concept_is_in_one_region_and_the_other_is_a_stranger() -> None:
    assert _named(_near(ON_LEFT, BISCUIT, 0.7), _near(ON_RIGHT, BISCUIT, 0.8)) == [(RIGHT, BISCUIT)]


def test_a_region_shows_the_surer_of_two_concepts() -> None:
    assert _named(_near(ON_LEFT, BISCUIT, 0.8), _near(ON_LEFT, LUNA, 0.7)) == [(LEFT, BISCUIT)]


def test_two_boxes_round_one_place_are_not_given_two_names() -> None:
    assert _named(_near(ON_LEFT, BISCUIT, 0.8), _near(NEAR_LEFT, LUNA, 0.7)) == [(LEFT, BISCUIT)]


def test_the_whole_photo_names_somebody_where_no_detection_does() -> None:
    assert _named(_near(IN_WHOLE, BISCUIT, 0.7), _near(ON_LEFT, BISCUIT, 0.5)) == [(WHOLE, BISCUIT)]


def test_a_detection_of_the_same_concept_says_where_it_is() -> None:
    assert _named(_near(IN_WHOLE, BISCUIT, 0.8), _near(ON_LEFT, BISCUIT, 0.7)) == [(LEFT, BISCUIT)]


def test_the_whole_photo_adds_no_second_name() -> None:
    assert _named(_near(ON_LEFT, BISCUIT, 0.8), _near(IN_WHOLE, LUNA, 0.7)) == [(LEFT, BISCUIT)]


def test_the_best_key_of_a_concept_counts() -> None:
    found = match(REGIONS, [_near(ON_LEFT, BISCUIT, 0.7), _near(ON_LEFT, BISCUIT, 0.9)], CUTOFF)
    assert [m.score for m in found] == [0.9]


def test_the_ranking_asks_no_cutoff_and_names_each_once() -> None:
    candidates = [
        _near(ON_LEFT, BISCUIT, 0.2),
        _near(ON_RIGHT, LUNA, 0.3),
        _near(IN_WHOLE, BISCUIT, 0.4),
    ]
    assert ranking(candidates) == (BISCUIT, LUNA)


@given(
    st.lists(
        st.builds(_near, st.integers(0, 3), st.integers(1, 5), st.floats(-1, 1, allow_nan=False)),
        max_size=40,
    )
)
def test_whatever_is_near_no_name_and_no_place_comes_twice(candidates: list[Candidate]) -> None:
    found = match(REGIONS, candidates, CUTOFF)
    assert len({m.concept_id for m in found}) == len(found)
    assert len({m.region for m in found}) == len(found)
    assert all(m.score >= CUTOFF for m in found)
