"""One list takes new concepts, all lists are asked."""

import pytest
from sqlalchemy import select

from rap_engine.memory import Concept, ConceptList, Database
from tests.integration.families.people import Kin, Relative, invited, joins

pytestmark = pytest.mark.integration


def test_new_concepts_go_into_the_personal_list_until_another_is_chosen(kin: Kin) -> None:
    assert kin.tells(kin.bert, "Tom: my cat")[-1].startswith("I will know Tom by this. Send me")
    said = kin.bert.asks("/lists")
    assert "your own list (1): you are its owner. New ones go here." in said
    assert "Smiths (0): you are an editor" in said
    said = kin.bert.presses("New ones go into Smiths")
    assert "Smiths (0): you are an editor. New ones go here." in said
    told = kin.tells(kin.bert, "Biscuit: the corgi", "blue")
    assert "remember Biscuit in Smiths" in told[-1]
    assert "Biscuit" in kin.vera.asks("/list")
    assert "Tom" not in kin.vera.asks("/list")


def test_a_further_photo_says_where_it_went(shared: Kin) -> None:
    shared.tells(shared.bert, "Biscuit: the corgi")
    shared.tells(shared.anna, "Biscuit")
    shared.anna.taps(shared.anna.data("Add the photo"))
    shared.work()
    assert shared.anna.is_told()[-1] == "I added this to what I know Biscuit by, in Smiths."


def test_the_list_shows_each_list_by_itself(shared: Kin) -> None:
    shared.tells(shared.bert, "Biscuit: the corgi")
    shared.bert.says("/lists")
    shared.bert.presses("New ones go into your own list")
    shared.tells(shared.bert, "Tom: my cat", "blue")
    assert shared.bert.asks("/list") == (
        "In your own list:\n• Tom (1 photo): my cat\nIn Smiths:\n• Biscuit (1 photo): the corgi"
    )


def test_all_lists_that_somebody_sees_are_looked_at(shared: Kin, carl: Relative) -> None:
    shared.tells(shared.anna, "Biscuit: the corgi")
    carl.says("/start")
    seen = {
        who.name: shared.recognises(who, "red")
        for who in (shared.anna, shared.bert, shared.vera, carl)
    }
    assert seen == {"Anna": True, "Bert": True, "Vera": True, "Carl": False}


def test_a_viewer_cannot_choose_a_list_that_they_may_not_write_to(kin: Kin) -> None:
    kin.vera.says("/lists")
    assert kin.vera.labels() == []
    kin.vera.taps(f"use_list:{kin.list_id}")
    assert kin.vera.is_told()[-1].startswith("That did not work")
    assert "remember" not in kin.tells(kin.vera, "Mimi: my cat")[-1]
    assert "In your own list:\n• Mimi" in kin.vera.asks("/list")


def test_the_list_of_others_is_nobodys_to_choose(
    kin: Kin, carl: Relative, database: Database
) -> None:
    carl.says("/lists")
    with database.transaction() as session:
        ids = session.scalars(select(ConceptList.id)).all()
    for list_id in ids:
        carl.taps(f"use_list:{list_id}")
    kin.tells(carl, "Rex: my dog")
    with database.transaction() as session:
        rex = session.scalars(select(Concept).where(Concept.name == "Rex")).one()
        home = session.get_one(ConceptList, rex.list_id)
        assert (home.kind, rex.created_by) == ("personal", carl.id(database))
    assert "Rex" not in kin.anna.asks("/list") + kin.bert.asks("/list")


def test_who_left_and_comes_back_begins_with_the_own_list(shared: Kin) -> None:
    shared.bert.says("/family")
    shared.bert.presses("Leave", "Leave")
    joins(shared.bert, invited(shared.anna))
    assert "your own list (0): you are its owner. New ones go here." in shared.bert.asks("/lists")
