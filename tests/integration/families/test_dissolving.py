"""A family is dissolved: what becomes of its concepts is asked, and its members are told."""

import threading

import pytest
from sqlalchemy import event, func, select, text

from rap_engine.errors import ListGone
from rap_engine.memory import (
    Actor,
    Change,
    Concept,
    ConceptList,
    Database,
    Invite,
    acting_as,
)
from rap_engine.memory.concepts import add_concept
from rap_engine.memory.families import dissolve, hold_family
from rap_engine.memory.giving_back import give_back
from rap_engine.memory.people import personal_list
from tests.integration.families.people import Kin, Relative, invited
from tests.services import no_settings

pytestmark = pytest.mark.integration


@pytest.fixture
def filled(shared: Kin) -> Kin:
    """Anna added Biscuit, and has one of her own; Bert added Tom."""
    shared.tells(shared.anna, "Biscuit: the family's corgi")
    shared.tells(shared.bert, "Tom: the cat", "blue")
    shared.anna.says("/lists")
    shared.anna.presses("New ones go into your own list")
    shared.tells(shared.anna, "Biscuit: my own corgi", "lime")
    for who in (shared.anna, shared.bert, shared.vera):
        who.is_told()
    return shared


def _families(database: Database) -> int:
    with database.transaction() as session:
        return session.scalars(select(func.count()).where(ConceptList.kind == "family")).one()


def test_what_becomes_of_the_concepts_is_asked_first(filled: Kin) -> None:
    filled.anna.says("/family")
    assert filled.anna.presses("Dissolve").startswith(
        "Dissolve Smiths? It holds 2 pets, friends and things."
    )
    assert filled.anna.labels() == [
        "Take all into my own list",
        "Give each back",
        "Erase all",
        "Back",
    ]
    assert "Smiths: you are its owner" in filled.anna.presses("Back")


def test_the_owner_takes_all_and_is_told_what_is_called_otherwise(filled: Kin) -> None:
    filled.anna.says("/family")
    said = filled.anna.presses("Dissolve", "Take all into my own list")
    assert "Into your own list came: Biscuit 2, Tom\n" in said
    assert "You have a Biscuit already, so the one from the family is called Biscuit 2." in said
    listed = filled.anna.asks("/list")
    assert "Biscuit (1 photo): my own corgi" in listed
    assert "Biscuit 2 (1 photo): the family's corgi" in listed
    assert "Tom" in listed
    assert filled.recognises(filled.anna, "blue")
    assert not filled.recognises(filled.bert, "blue")
    assert filled.bert.is_told() == ["Anna has dissolved the family Smiths."]
    assert filled.vera.is_told() == ["Anna has dissolved the family Smiths."]


def test_each_gets_back_what_they_added(filled: Kin, database: Database) -> None:
    filled.anna.says("/family")
    filled.anna.presses("Dissolve", "Give each back")
    assert _families(database) == 0
    told = filled.bert.is_told()
    assert told == [
        "Anna has dissolved the family Smiths. Into your own list came what you told me: Tom"
    ]
    assert filled.bert.asks("/list") == "I remember:\n• Tom (1 photo): the cat"
    assert filled.recognises(filled.bert, "blue")
    assert not filled.recognises(filled.anna, "blue")
    assert "Biscuit 2" in filled.anna.asks("/list")


def test_what_somebody_added_who_has_left_goes_to_the_owner(filled: Kin) -> None:
    filled.bert.says("/family")
    filled.bert.presses("Leave", "Leave")
    filled.anna.says("/family")
    filled.anna.presses("Dissolve", "Give each back")
    assert "Tom" in filled.anna.asks("/list")
    assert "Tom" not in filled.bert.asks("/list")


def _given(kin: Kin) -> str:
    kin.anna.says("/family")
    return kin.anna.presses("Dissolve", "Give each back")


def test_words_of_others_go_to_the_owner_and_into_nobodys_own_list(filled: Kin) -> None:
    filled.anna.says("/describe Tom: BUY AT EVIL.EXAMPLE")
    said = _given(filled)
    assert "not one member's alone" in said
    assert said.endswith("no room: Tom")
    assert "Tom (1 photo): BUY AT EVIL.EXAMPLE" in filled.anna.asks("/list")
    assert filled.bert.asks("/list").count("Tom") == 0


def test_photos_of_others_go_to_the_owner_and_into_nobodys_own_list(filled: Kin) -> None:
    filled.anna.says("/lists")
    filled.anna.presses("New ones go into Smiths")
    filled.tells(filled.anna, "Tom", "cyan")
    filled.anna.presses("Add the photo")
    filled.work()
    assert _given(filled).endswith("no room: Tom")
    assert "Tom (2 photos)" in filled.anna.asks("/list")
    assert "Tom" not in filled.bert.asks("/list")


def test_who_has_no_room_gets_nothing_back_and_the_owner_has_it(
    filled: Kin, database: Database
) -> None:
    _set_most_concepts(database, filled.bert, 0)
    assert _given(filled).endswith("no room: Tom")
    assert "Tom" in filled.anna.asks("/list")
    assert filled.bert.is_told() == ["Anna has dissolved the family Smiths."]


def test_an_owner_without_room_for_the_rest_dissolves_nothing(
    filled: Kin, database: Database
) -> None:
    _set_most_concepts(database, filled.anna, 1)
    assert "1" in _given(filled)
    assert _families(database) == 1
    assert "Tom" in filled.vera.asks("/list")


def _set_most_concepts(database: Database, who: Relative, most: int) -> None:
    with database.transaction() as session:
        own = personal_list(session, Actor(who.id(database)))
        session.get_one(ConceptList, own).most_concepts = most


def test_giving_back_takes_as_many_statements_however_much_there_is(
    filled: Kin, database: Database
) -> None:
    list_id, anna, bert = (
        filled.list_id,
        filled.anna.id(database),
        filled.bert.id(database),
    )

    def statements(concepts: int) -> int:
        with database.transaction() as session:
            for number in range(concepts):
                add_concept(session, bert, list_id, f"No {concepts} {number}", "", "")
        seen: list[str] = []
        with database.transaction() as session:
            engine = session.connection().engine
            event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
            given = give_back(session, no_settings(), list_id, anna, [anna, bert])
            assert len(given.back[bert]) >= concepts
        return len(seen)

    statements(1)  # What was there before goes to Anna now.
    assert statements(1) == statements(40)


def test_erasing_all_is_asked_once_more_and_leaves_nothing(filled: Kin, database: Database) -> None:
    invited(filled.anna)
    list_id = filled.list_id
    filled.anna.says("/family")
    assert "Nobody can undo that" in filled.anna.presses("Dissolve", "Erase all")
    assert _families(database) == 1
    assert filled.anna.presses("Dissolve and erase") == "Smiths is dissolved and erased."
    with database.transaction() as session:
        for table in (Concept, Change, Invite):
            left = select(func.count()).where(table.list_id == list_id)
            assert session.scalars(left).one() == 0
    assert "Biscuit (1 photo): my own corgi" in filled.anna.asks("/list")


def test_an_empty_family_is_dissolved_with_one_question(kin: Kin, database: Database) -> None:
    kin.anna.says("/family")
    assert kin.anna.presses("Dissolve") == "Dissolve Smiths? There is nothing in it."
    kin.anna.presses("Dissolve and erase")
    assert _families(database) == 0


def test_a_family_that_holds_one_thing_says_so_and_its_owner_may_get_nothing(shared: Kin) -> None:
    shared.tells(shared.bert, "Tom: the cat")
    shared.anna.says("/family")
    assert "It holds one pet, friend or thing." in shared.anna.presses("Dissolve")
    said = shared.anna.presses("Give each back")
    assert said == "Smiths is dissolved. Into your own list came: nothing"


def test_face_keys_do_not_come_along(filled: Kin, database: Database) -> None:
    with database.transaction() as session:
        tom = session.scalars(select(Concept).where(Concept.name == "Tom")).one()
        tom.face_agreed_at = func.now()
    filled.anna.says("/family")
    said = filled.anna.presses("Dissolve", "Take all into my own list")
    assert "Face keys did not come along" in said
    with database.transaction() as session:
        agreed = select(func.count()).where(Concept.face_agreed_at.is_not(None))
        assert session.scalars(agreed).one() == 0


@pytest.mark.parametrize("action", ["dissolve_take", "dissolve_give", "dissolve_erase"])
@pytest.mark.parametrize("who", ["bert", "vera", "carl"])
def test_nobody_but_the_owner_dissolves(
    filled: Kin, database: Database, carl: Relative, action: str, who: str
) -> None:
    relative = carl if who == "carl" else getattr(filled, who)
    relative.taps(f"{action}:{filled.list_id}")
    assert relative.is_told()[-1].startswith("That did not work")
    assert _families(database) == 1


def test_a_tap_on_a_family_that_was_dissolved_meanwhile_gets_a_sentence(filled: Kin) -> None:
    list_id = filled.list_id
    filled.bert.says("/family")
    leave = filled.bert.data("Leave")
    filled.anna.taps(f"dissolve_erase:{list_id}")
    filled.bert.is_told()
    for data in (leave, f"use_list:{list_id}", f"family:{list_id}"):
        filled.bert.taps(data)
        assert filled.bert.is_told()[-1].startswith("That did not work")


def test_what_is_added_while_a_family_is_dissolved_is_refused_and_not_lost_silently(
    kin: Kin, database: Database
) -> None:
    list_id, bert = kin.list_id, kin.bert.id(database)
    outcomes: list[object] = []

    def add() -> None:
        own = Database(database.url)
        try:
            with own.transaction() as session, acting_as(session, Actor(bert)):
                outcomes.append(add_concept(session, bert, list_id, "Biscuit", "", "dog"))
        except ListGone as error:
            outcomes.append(error)
        finally:
            own.close()

    late = threading.Thread(target=add)
    anna = Actor(kin.anna.id(database))
    with database.transaction() as session, acting_as(session, anna):
        hold_family(session, anna, list_id)
        late.start()
        _wait_for_a_lock(database)
        dissolve(session, anna, list_id)
    late.join()
    assert [type(outcome) for outcome in outcomes] == [ListGone]


def _wait_for_a_lock(database: Database) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while True:
        with database.transaction() as session:
            if session.scalar(waiting):
                return


def test_there_is_no_room_for_all_so_nothing_is_taken(filled: Kin, database: Database) -> None:
    with database.transaction() as session:
        for own in session.scalars(select(ConceptList).where(ConceptList.kind == "personal")):
            own.most_concepts = 2
    filled.anna.says("/family")
    said = filled.anna.presses("Dissolve", "Take all into my own list")
    assert "2" in said
    assert _families(database) == 1
