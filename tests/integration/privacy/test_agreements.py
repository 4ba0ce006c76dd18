"""Who said yes to face keys can say no later, wherever they are by then."""

import pytest
from sqlalchemy import delete, select, update

from rap_engine.memory import Concept, ConceptList, Database, Key, Member, acting_as
from rap_engine.memory.faces import add_face_keys, agree, is_face_key, views_without_face_key
from tests.integration.bot.chats import Friend
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember, unit
from tests.integration.privacy.conftest import family, person_of

pytestmark = pytest.mark.integration


@pytest.fixture
def anna(friend: Friend, database: Database) -> Person:
    return person_of(database, friend.number)


@pytest.fixture
def list_id(database: Database, anna: Person, bert: Person) -> int:
    return family(database, bert, (anna, "editor"))


@pytest.fixture
def concept_id(database: Database, anna: Person, bert: Person, list_id: int) -> int:
    """Bert's, with a face key that Anna said yes to."""
    concept_id = remember(database, bert.user_id, list_id, "Mxname")
    with database.transaction() as session, acting_as(session, anna.actor):
        agree(session, anna.user_id, [list_id], concept_id)
        views = views_without_face_key(session, [list_id], concept_id, "face/test")
        add_face_keys(session, [list_id], concept_id, "face/test", dict.fromkeys(views, unit(1)))
    return concept_id


def _face_keys(database: Database) -> int:
    with database.transaction() as session:
        return len(session.scalars(select(Key.id).where(is_face_key())).all())


def _leave(database: Database, person: Person, list_id: int) -> None:
    with database.transaction() as session:
        left = (Member.list_id == list_id, Member.user_id == person.user_id)
        session.execute(delete(Member).where(*left))


def test_one_is_shown_and_taken_back_in_a_list_that_one_has_left(
    database: Database, friend: Friend, anna: Person, list_id: int, concept_id: int
) -> None:
    _leave(database, anna, list_id)
    friend.says("/faces")
    (told,) = friend.is_told()
    assert told.startswith("Somebody in a list that you have left, or in a group")
    assert "Mxname" not in told
    friend.taps(friend.buttons()["face_erase"])
    assert friend.is_told()[-1].startswith("I erased those face keys")
    assert _face_keys(database) == 0
    with database.transaction() as session:
        assert session.get_one(Concept, concept_id).face_agreed_at is None


def test_one_is_taken_back_by_who_may_only_look_now(
    database: Database, friend: Friend, anna: Person, list_id: int, concept_id: int
) -> None:
    with database.transaction() as session:
        session.execute(
            update(Member)
            .where(Member.list_id == list_id, Member.user_id == anna.user_id)
            .values(role="viewer")
        )
    friend.taps(f"face_erase:{concept_id}")
    assert _face_keys(database) == 0


def test_one_of_a_group_is_taken_back_in_the_own_chat(
    database: Database, friend: Friend, list_id: int, concept_id: int
) -> None:
    with database.transaction() as session:
        session.execute(update(ConceptList).where(ConceptList.id == list_id).values(kind="group"))
    friend.says("/faces")
    friend.taps(friend.buttons()["face_erase"])
    assert _face_keys(database) == 0


def test_nobody_takes_back_what_another_said_yes_to(
    database: Database,
    friend: Friend,
    stranger: Friend,
    anna: Person,
    list_id: int,
    concept_id: int,
) -> None:
    _leave(database, anna, list_id)
    stranger.says("/faces")
    stranger.taps(f"face_erase:{concept_id}")
    assert "face keys" not in stranger.is_told()[-1]
    assert _face_keys(database) == 1
