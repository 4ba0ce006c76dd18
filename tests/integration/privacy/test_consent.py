"""Training reads what people agreed to, and nothing else."""

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import ProgrammingError

from rap_engine.memory import Concept, Database, View, acting_as
from rap_engine.memory.concepts import add_view
from rap_engine.memory.consent import (
    agree_to_training,
    agreed_to_training_at,
    concepts_for_training,
    withdraw_from_training,
)
from tests.integration.bot.chats import Friend
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember, unit, view
from tests.integration.privacy.conftest import family, person_of

pytestmark = pytest.mark.integration


def _agree(database: Database, *people: Person) -> None:
    with database.transaction() as session:
        for person in people:
            agree_to_training(session, person.user_id)


def _for_training(database: Database) -> list[tuple[int, str]]:
    with database.transaction() as session:
        return [(one.user_id, one.name) for one in concepts_for_training(session)]


def test_it_is_off_until_somebody_says_yes(database: Database, anna: Person, bert: Person) -> None:
    for person in (anna, bert):
        remember(database, person.user_id, person.list_id, "Rex")
    assert _for_training(database) == []
    _agree(database, anna)
    assert _for_training(database) == [(anna.user_id, "Rex")]


def test_taking_it_back_ends_it_at_once(database: Database, anna: Person) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    _agree(database, anna)
    with database.transaction() as session:
        withdraw_from_training(session, anna.user_id)
        assert list(concepts_for_training(session)) == []


def test_what_a_family_shares_is_left_out_whoever_agreed(
    database: Database, anna: Person, bert: Person
) -> None:
    list_id = family(database, anna, (bert, "editor"))
    remember(database, anna.user_id, list_id, "Biscuit")
    _agree(database, anna, bert)
    assert _for_training(database) == []


def test_a_photo_of_somebody_else_in_the_own_list_is_left_out(
    database: Database, anna: Person, bert: Person
) -> None:
    concept_id = remember(database, anna.user_id, anna.list_id, "Rex")
    with database.transaction() as session, acting_as(session, anna.actor):
        add_view(session, anna.user_id, [anna.list_id], concept_id, view(unit(1)))
    with database.transaction() as session:
        last = select(View.id).order_by(View.id.desc()).limit(1).scalar_subquery()
        session.execute(update(View).where(View.id == last).values(created_by=bert.user_id))
    _agree(database, anna, bert)
    assert _for_training(database) == [(anna.user_id, "Rex")]
    with database.transaction() as session:
        session.execute(update(Concept).values(created_by=bert.user_id))
    assert _for_training(database) == []


def test_words_of_somebody_else_in_the_own_list_are_left_out(
    database: Database, anna: Person, bert: Person
) -> None:
    list_id = family(database, anna, (bert, "editor"))
    told = remember(database, anna.user_id, list_id, "Rex")
    own = remember(database, anna.user_id, list_id, "Luna")
    with database.transaction() as session, acting_as(session, bert.actor):
        session.get_one(Concept, told).info = "What Bert says."
    with database.transaction() as session, acting_as(session, anna.actor):
        for concept_id in (told, own):
            session.get_one(Concept, concept_id).list_id = anna.list_id
    _agree(database, anna, bert)
    assert _for_training(database) == [(anna.user_id, "Luna")]


def test_what_is_forgotten_or_cannot_be_read_is_left_out(database: Database, anna: Person) -> None:
    for name in ("Gone", "Broken"):
        concept_id = remember(database, anna.user_id, anna.list_id, name)
    _agree(database, anna)
    with database.transaction() as session:
        gone = update(Concept).where(Concept.name == "Gone")
        session.execute(gone.values(forgotten_at=func.now()))
        session.execute(update(View).where(View.concept_id == concept_id).values(is_readable=False))
    assert _for_training(database) == []


def test_the_first_yes_keeps_its_time(database: Database, anna: Person) -> None:
    _agree(database, anna)
    with database.transaction() as session:
        first = agreed_to_training_at(session, anna.user_id)
    _agree(database, anna)
    with database.transaction() as session:
        assert agreed_to_training_at(session, anna.user_id) == first


def test_the_buttons_of_privacy_turn_it_on_and_off(friend: Friend, database: Database) -> None:
    friend.says("/privacy")
    assert "I use nothing of yours to train a model" in friend.is_told()[0]
    friend.taps(friend.buttons()["training_agree"])
    assert friend.is_told()[-1].startswith("Thank you.")
    user_id = person_of(database, friend.number).user_id
    with database.transaction() as session:
        assert agreed_to_training_at(session, user_id) is not None
    friend.says("/privacy")
    assert "you agreed on 20" in friend.is_told()[0]
    friend.taps(friend.buttons()["training_withdraw"])
    with database.transaction() as session:
        assert agreed_to_training_at(session, user_id) is None


def test_a_button_serves_whom_it_was_shown_to(
    friend: Friend, stranger: Friend, database: Database
) -> None:
    friend.says("/privacy")
    stranger.says("/privacy")
    stranger.taps(friend.buttons()["training_agree"])
    assert stranger.is_told()[-1] == "That button no longer works."
    agreed = [person_of(database, one.number).user_id for one in (friend, stranger)]
    with database.transaction() as session:
        found = [agreed_to_training_at(session, user_id) is not None for user_id in agreed]
    assert found == [False, False]


def test_whoever_acts_for_a_person_cannot_agree_for_them(database: Database, anna: Person) -> None:
    agreeing = "UPDATE users SET training_agreed_at = now()"
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.transaction() as session,
        acting_as(session, anna.actor),
    ):
        session.execute(text(agreeing))
