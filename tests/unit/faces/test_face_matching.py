"""Faces have the word where they show, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rap_engine.faces import Face
from rap_engine.memory.nearest import Neighbour
from rap_engine.retrieve.face_matching import (
    PERSON,
    FaceScale,
    face_candidates,
    place_faces,
    with_faces,
)
from rap_engine.retrieve.matching import Candidate, match
from rap_engine.types import Box, Region

SCALE = FaceScale(general_cutoff=0.6, face_cutoff=0.363)
WHOLE = Region.whole()
LEFT = Region(Box(0.0, 0.0, 0.5, 1.0), PERSON, 0.9)
RIGHT = Region(Box(0.5, 0.0, 1.0, 1.0), PERSON, 0.8)
SOFA = Region(Box(0.0, 0.1, 1.0, 1.0), "couch", 0.7)
DOG = Region(Box(0.2, 0.2, 0.35, 0.6), "dog", 0.9)
BEHIND = Region(Box(0.55, 0.0, 1.0, 0.1), None, 0.0)
REGIONS = (WHOLE, LEFT, RIGHT, BEHIND)
IN_WHOLE, ON_LEFT, ON_RIGHT, ABOVE = range(4)
ANNA, BERT, TEAPOT = 1, 2, 3


def _face(x: float, y: float = 0.3, side: float = 0.1) -> Face:
    box = Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2)
    return Face(box, ((x, y),) * 5, 0.9)


def _near(region: int, concept_id: int, score: float) -> Candidate:
    return Candidate(region, concept_id, view_id=concept_id * 10, score=score)


def _named(
    faces: list[Face],
    general: list[Candidate],
    cosines: dict[tuple[int, int], float],
    known_by_face: set[int],
) -> list[tuple[Region, int]]:
    """Return who is named. `cosines`: by the face's number and the concept."""
    regions, owners = place_faces(REGIONS, faces)
    near = [Neighbour(face, who, who * 10, cosine) for (face, who), cosine in cosines.items()]
    by_face = face_candidates(near, owners, SCALE)
    candidates = with_faces(regions, faces, general, by_face, known_by_face)
    return [(m.region, m.concept_id) for m in match(regions, candidates, SCALE.general_cutoff)]


class TestTheScale:
    """A face's cosine beside the general encoder's."""

    def test_cutoff_falls_onto_cutoff_and_one_onto_one(self) -> None:
        assert SCALE.score(0.363) == 0.6
        assert SCALE.score(1.0) == pytest.approx(1.0)

    @given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-0.9, 0.99), st.floats(-0.9, 0.99))
    def test_order_and_side_of_the_cutoff_stay(
        self, one: float, other: float, general: float, face: float
    ) -> None:
        scale = FaceScale(general, face)
        assert -1.0 <= scale.score(one) <= 1.0 + 1e-9
        if one <= other:
            assert scale.score(one) <= scale.score(other)
        assert (scale.score(one) >= general) or one < face


class TestPlaces:
    """Which region a face is in."""

    def test_a_face_is_in_the_smallest_detection_around_it(self) -> None:
        small = Region(Box(0.1, 0.1, 0.4, 0.9), PERSON, 0.5)
        regions, owners = place_faces((WHOLE, LEFT, small), [_face(0.25)])
        assert (regions, owners) == ((WHOLE, LEFT, small), (2,))

    def test_a_face_that_nothing_was_detected_around_is_a_person_itself(self) -> None:
        regions, owners = place_faces((WHOLE,), [_face(0.25)])
        assert owners == (1,)
        assert regions[1].label == PERSON
        assert regions[1].box.overlap(_face(0.25).box) == pytest.approx(_face(0.25).box.area)
        assert regions[1].box.area < 0.05

    def test_a_head_at_the_edge_stays_within_the_photo(self) -> None:
        face = Face(Box(0.0, 0.0, 0.2, 0.2), ((0.0, 0.0),) * 5, 0.9)
        regions, _ = place_faces((WHOLE,), [face])
        assert regions[1].box.x1 == regions[1].box.y1 == 0.0

    @pytest.mark.parametrize("other", [DOG, SOFA, Region(SOFA.box, "Dog", 0.9)])
    def test_the_dog_before_a_face_and_the_couch_behind_it_are_not_the_person(
        self, other: Region
    ) -> None:
        _, owners = place_faces((WHOLE, other), [_face(0.25)])
        assert owners == (2,)

    def test_a_category_of_the_lists_may_be_a_person(self) -> None:
        friend = Region(LEFT.box, "my sister", 0.4)
        assert place_faces((WHOLE, friend), [_face(0.25)])[1] == (1,)

    def test_what_no_detector_found_is_no_place_of_a_face(self) -> None:
        strip = Region(Box(0.0, 0.0, 0.5, 1.0), None, 0.0)
        assert place_faces((WHOLE, strip), [_face(0.25)])[1] == (2,)


class TestWhoIsNamed:
    """Candidates of both encoders together."""

    def test_a_face_above_its_cutoff_is_named_in_its_region(self) -> None:
        assert _named([_face(0.25)], [], {(0, ANNA): 0.5}, {ANNA}) == [(LEFT, ANNA)]

    def test_a_face_below_its_cutoff_is_nobody(self) -> None:
        assert _named([_face(0.25)], [], {(0, ANNA): 0.36}, {ANNA}) == []

    def test_two_friends_before_one_wall_are_not_one_person(self) -> None:
        general = [_near(ON_LEFT, ANNA, 0.95)]
        assert _named([_face(0.25)], general, {(0, ANNA): 0.1}, {ANNA}) == []

    def test_whoever_has_no_face_key_is_known_as_before(self) -> None:
        general = [_near(ON_LEFT, BERT, 0.95), _near(ON_LEFT, ANNA, 0.9)]
        assert _named([_face(0.25)], general, {(0, ANNA): 0.1}, {ANNA}) == [(LEFT, BERT)]

    def test_from_behind_somebody_is_known_by_the_rest(self) -> None:
        general = [_near(ON_RIGHT, ANNA, 0.8)]
        assert _named([], general, {}, {ANNA}) == [(RIGHT, ANNA)]

    def test_from_behind_beside_a_stranger_too(self) -> None:
        general = [_near(ON_RIGHT, ANNA, 0.8)]
        assert _named([_face(0.25)], general, {(0, ANNA): 0.0}, {ANNA}) == [(RIGHT, ANNA)]

    @pytest.mark.parametrize(
        "region",
        [
            Region(RIGHT.box, PERSON, 0.15),
            Region(RIGHT.box, "tie", 0.9),
            Region(RIGHT.box, None, 0.0),
        ],
    )
    def test_beside_a_face_a_doubtful_detection_names_nobody_by_the_rest(
        self, region: Region
    ) -> None:
        general = [_near(1, ANNA, 0.95), _near(1, TEAPOT, 0.7)]
        kept = with_faces((WHOLE, region), [_face(0.25)], general, [], {ANNA})
        assert kept == [_near(1, TEAPOT, 0.7)]
        assert with_faces((WHOLE, region), [], general, [], {ANNA}) == general

    def test_the_whole_photo_does_not_name_somebody_whose_face_is_not_in_it(self) -> None:
        general = [_near(IN_WHOLE, ANNA, 0.95)]
        assert _named([_face(0.25)], general, {(0, ANNA): 0.0}, {ANNA}) == []

    def test_the_whole_photo_without_a_face_does(self) -> None:
        assert _named([], [_near(IN_WHOLE, ANNA, 0.95)], {}, {ANNA}) == [(WHOLE, ANNA)]

    def test_every_region_around_the_face_is_decided_by_it(self) -> None:
        regions = (WHOLE, SOFA, LEFT)
        general = [_near(1, ANNA, 0.95), _near(1, TEAPOT, 0.7)]
        kept = with_faces(regions, [_face(0.25)], general, [], {ANNA})
        assert kept == [_near(1, TEAPOT, 0.7)]

    def test_two_faces_are_two_people(self) -> None:
        cosines = {(0, ANNA): 0.8, (0, BERT): 0.1, (1, ANNA): 0.2, (1, BERT): 0.7}
        found = _named([_face(0.25), _face(0.75)], [], cosines, {ANNA, BERT})
        assert found == [(LEFT, ANNA), (RIGHT, BERT)]

    def test_one_face_is_not_two_people(self) -> None:
        cosines = {(0, ANNA): 0.8, (0, BERT): 0.5}
        assert _named([_face(0.25)], [], cosines, {ANNA, BERT}) == [(LEFT, ANNA)]

    def test_a_thing_beside_a_face_keeps_its_own_match(self) -> None:
        general = [_near(ON_RIGHT, TEAPOT, 0.8)]
        found = _named([_face(0.25)], general, {(0, ANNA): 0.9}, {ANNA})
        assert sorted(found, key=lambda each: each[1]) == [(LEFT, ANNA), (RIGHT, TEAPOT)]
