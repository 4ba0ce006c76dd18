"""The verbs on concepts."""

import numpy as np
import pytest

from rap_engine.errors import NameTaken, UnknownConcept
from rap_engine.memory import Actor, Database, acting_as
from rap_engine.memory.changing import forget, restore
from rap_engine.memory.concepts import (
    add_concept,
    add_view,
    best_photos,
    find_by_name,
    list_concepts,
)
from rap_engine.memory.nearest import nearest_views
from rap_engine.memory.people import active_list, ensure_user
from tests.integration.conftest import Person
from tests.integration.memory.builders import ENCODER, remember, unit, view
from tests.services import no_settings


def test_a_person_met_twice_is_the_same_and_keeps_one_list(database: Database) -> None:
    with database.transaction() as session:
        first = ensure_user(session, "telegram", "7", "Anna")
        again = ensure_user(session, "telegram", "7", "Anna Renamed")
        elsewhere = ensure_user(session, "console", "7")
        assert first == again != elsewhere
        assert active_list(session, Actor(first)) != active_list(session, Actor(elsewhere))


@pytest.mark.parametrize("same", ["Biscuit", "BISCUIT", "biscuít"])
def test_a_list_holds_a_name_once_after_folding(
    database: Database, anna: Person, same: str
) -> None:
    remember(database, anna.user_id, anna.list_id, "Biscuit")
    with database.transaction() as session, acting_as(session, anna.actor):
        with pytest.raises(NameTaken):
            add_concept(session, anna.user_id, anna.list_id, same, "", "")
        assert len(list_concepts(session, [anna.list_id])) == 1


def test_two_people_may_use_the_same_name(database: Database, anna: Person, bert: Person) -> None:
    remember(database, anna.user_id, anna.list_id, "Biscuit")
    remember(database, bert.user_id, bert.list_id, "Biscuit")
    with database.transaction() as session, acting_as(session, bert.actor):
        assert [c.name for c in list_concepts(session, [bert.list_id])] == ["Biscuit"]


def test_a_forgotten_concept_is_gone_at_once_and_comes_back_whole(
    database: Database, anna: Person
) -> None:
    concept_id = remember(database, anna.user_id, anna.list_id, "Biscuit", unit(1))
    with database.transaction() as session, acting_as(session, anna.actor):
        forget(session, [anna.list_id], "biscuit")
        assert list_concepts(session, [anna.list_id]) == []
        assert nearest_views(session, [anna.list_id], ENCODER, unit(1)[None], 5) == []
        restore(session, no_settings(), [anna.list_id], concept_id)
        assert find_by_name(session, [anna.list_id], "Biscuit") is not None
        found = nearest_views(session, [anna.list_id], ENCODER, unit(1)[None], 5)
        assert [near.concept_id for near in found] == [concept_id]


def test_forgetting_what_is_not_there_is_refused(database: Database, anna: Person) -> None:
    with (
        pytest.raises(UnknownConcept),
        database.transaction() as session,
        acting_as(session, anna.actor),
    ):
        forget(session, [anna.list_id], "Nobody")


def test_an_undo_finds_its_name_taken_by_then(database: Database, anna: Person) -> None:
    first = remember(database, anna.user_id, anna.list_id, "Biscuit")
    with database.transaction() as session, acting_as(session, anna.actor):
        forget(session, [anna.list_id], "Biscuit")
    remember(database, anna.user_id, anna.list_id, "Biscuit")
    with database.transaction() as session, acting_as(session, anna.actor):
        with pytest.raises(NameTaken):
            restore(session, no_settings(), [anna.list_id], first)
        assert len(list_concepts(session, [anna.list_id])) == 1


def test_a_forgotten_concept_takes_no_further_view(database: Database, anna: Person) -> None:
    concept_id = remember(database, anna.user_id, anna.list_id, "Biscuit")
    with database.transaction() as session, acting_as(session, anna.actor):
        forget(session, [anna.list_id], "Biscuit")
        with pytest.raises(UnknownConcept):
            add_view(session, anna.user_id, [anna.list_id], concept_id, view(unit(1)))


def test_nearest_views_come_by_region_nearest_first_from_one_encoder(
    database: Database, anna: Person
) -> None:
    near = remember(database, anna.user_id, anna.list_id, "Near", unit(1, 0.1))
    far = remember(database, anna.user_id, anna.list_id, "Far", unit(0, 1))
    with database.transaction() as session, acting_as(session, anna.actor):
        add_view(
            session, anna.user_id, [anna.list_id], far, view(unit(1), encoder="another-encoder")
        )
        regions = [unit(1), unit(0, 1)]
        found = nearest_views(session, [anna.list_id], ENCODER, np.stack(regions), limit=2)
    assert [(n.region, n.concept_id) for n in found] == [(0, near), (0, far), (1, far), (1, near)]
    assert found[0].similarity == pytest.approx(float(unit(1) @ unit(1, 0.1)), abs=2e-3)


def test_the_first_view_is_the_photo_that_a_concept_is_shown_by(
    database: Database, anna: Person
) -> None:
    concept_id = remember(database, anna.user_id, anna.list_id, "Biscuit")
    with database.transaction() as session, acting_as(session, anna.actor):
        assert best_photos(session, [anna.list_id], [concept_id]) == {concept_id: b"jpeg"}


def test_a_concept_is_not_reached_by_its_id_from_other_lists(
    database: Database, anna: Person, bert: Person
) -> None:
    concept_id = remember(database, anna.user_id, anna.list_id, "Biscuit")
    # As the owner of the tables, whom row-level security does not stop.
    with database.transaction() as session:
        with pytest.raises(UnknownConcept):
            add_view(session, bert.user_id, [bert.list_id], concept_id, view(unit(1)))
        with pytest.raises(UnknownConcept):
            restore(session, no_settings(), [bert.list_id], concept_id)
        assert best_photos(session, [bert.list_id], [concept_id]) == {}
