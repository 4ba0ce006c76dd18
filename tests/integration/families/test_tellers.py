"""Whose words a concept's name and info are: PostgreSQL keeps it."""

import pytest
from sqlalchemy import select, update

from rap_engine.memory import Actor, Concept, Database, acting_as
from rap_engine.memory.changing import describe, rename
from rap_engine.memory.concepts import add_concept
from rap_engine.memory.moving import copy
from rap_engine.memory.people import personal_list
from rap_engine.memory.seen_lists import writable_lists
from tests.integration.families.people import Kin

pytestmark = pytest.mark.integration


def _told_by(database: Database, name: str) -> int | None:
    with database.transaction() as session:
        return session.scalars(select(Concept.told_by).where(Concept.name == name)).one()


@pytest.fixture
def biscuit(kin: Kin) -> int:
    """Bert told the family of Biscuit."""
    bert = kin.bert.id(kin.database)
    with kin.database.transaction() as session, acting_as(session, Actor(bert)):
        return add_concept(session, bert, kin.list_id, "Biscuit", "our corgi", "dog")


def test_who_adds_a_concept_has_told_it(kin: Kin, biscuit: int, database: Database) -> None:
    assert _told_by(database, "Biscuit") == kin.bert.id(database)


def test_words_of_two_people_are_nobodys_alone(kin: Kin, biscuit: int, database: Database) -> None:
    anna = Actor(kin.anna.id(database))
    with database.transaction() as session, acting_as(session, anna):
        describe(session, [kin.list_id], biscuit, "our corgi, says Anna")
    assert _told_by(database, "Biscuit") is None


def test_who_says_all_of_it_anew_has_told_it(kin: Kin, biscuit: int, database: Database) -> None:
    anna = Actor(kin.anna.id(database))
    with database.transaction() as session, acting_as(session, anna):
        session.execute(
            update(Concept)
            .where(Concept.id == biscuit)
            .values(name="Rex", folded_name="rex", info="Anna's")
        )
    assert _told_by(database, "Rex") == anna.user_id


def test_ones_own_change_keeps_it_and_so_does_a_change_by_nobody(
    kin: Kin, biscuit: int, database: Database
) -> None:
    bert = Actor(kin.bert.id(database))
    with database.transaction() as session, acting_as(session, bert):
        rename(session, [kin.list_id], biscuit, "Rex")
    with database.transaction() as session:
        rename(session, [kin.list_id], biscuit, "Rex 2")
    assert _told_by(database, "Rex 2") == bert.user_id


def test_nobody_says_that_another_told_it(kin: Kin, biscuit: int, database: Database) -> None:
    vera, anna = kin.vera.id(database), Actor(kin.anna.id(database))
    with database.transaction() as session, acting_as(session, anna):
        session.execute(update(Concept).values(told_by=vera))
    assert _told_by(database, "Biscuit") == kin.bert.id(database)


def test_who_copies_the_words_of_another_has_not_told_them(
    kin: Kin, biscuit: int, database: Database
) -> None:
    anna = Actor(kin.anna.id(database))
    with database.transaction() as session, acting_as(session, anna):
        own = personal_list(session, anna)
        assert own is not None
        lists = writable_lists(session, anna)
        copy(session, anna.user_id, lists, lists, biscuit, own)
    with database.transaction() as session:
        copied = session.scalars(select(Concept).where(Concept.list_id == own)).one()
        assert copied.told_by is None
