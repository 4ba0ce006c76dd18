"""Families go on using what somebody added who has left."""

import pytest
from sqlalchemy import delete, func, select, text

from rap_engine.memory import (
    Actor,
    Change,
    Concept,
    ConceptList,
    Database,
    Invite,
    Key,
    Member,
    View,
    acting_as,
)
from rap_engine.memory.concepts import add_view
from rap_engine.memory.faces import add_face_keys, agree, is_face_key, views_without_face_key
from tests.integration.bot.chats import Friend
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember, unit, view
from tests.integration.privacy.conftest import family, person_of
from tests.integration.privacy.erasing import ANNA, BERT, USER_ID, erase
from tests.integration.privacy.searching import found_in_tables, rows

pytestmark = pytest.mark.integration


@pytest.fixture
def anna(database: Database, chat: Friend) -> Person:
    chat.says("/start")
    return person_of(database, ANNA)


@pytest.fixture
def bert(database: Database, anna: Person) -> Person:
    return person_of(database, BERT)


@pytest.fixture
def cleo(database: Database, anna: Person, bert: Person) -> Person:
    return person_of(database, 987_650_123_403)


def _owners(database: Database) -> list[int]:
    with database.transaction() as session:
        family_lists = select(ConceptList.id).where(ConceptList.kind == "family")
        return list(
            session.scalars(
                select(Member.user_id).where(
                    Member.role == "owner", Member.list_id.in_(family_lists)
                )
            )
        )


def test_what_was_added_stays_without_the_name(
    chat: Friend, anna: Person, bert: Person, database: Database
) -> None:
    list_id = family(database, bert, (anna, "editor"))
    concept_id = remember(database, anna.user_id, list_id, "Biscuit")
    chat.says("/delete_my_data")
    question = chat.is_told()[-1]
    assert "• Smiths goes on without you. What you added to it (pets, friends" in question
    told = erase(chat)
    added = "(pets, friends and things: 1, photos: 1)"
    assert f"• Smiths goes on without you. What you added {added}" in told
    with database.transaction() as session:
        concept = session.get_one(Concept, concept_id)
        assert (concept.name, concept.created_by) == ("Biscuit", None)
        assert session.scalars(select(View.created_by)).all() == [None]
        assert set(session.scalars(select(Change.user_id))) == {bert.user_id, None}
    assert found_in_tables(database, {"id": str(USER_ID)}) == {"id": set()}


def test_it_can_be_taken_along_with_its_history(
    chat: Friend, anna: Person, bert: Person, database: Database
) -> None:
    list_id = family(database, bert, (anna, "editor"))
    concept_id = remember(database, anna.user_id, list_id, "Mxname")
    berts = remember(database, bert.user_id, list_id, "Rex")
    with database.transaction() as session, acting_as(session, anna.actor):
        session.get_one(Concept, concept_id).info = "Mxinfo"
    with database.transaction() as session, acting_as(session, anna.actor):
        session.get_one(Concept, concept_id).info = "Mxother"
    markers = {"name": "Mxname", "was": "Mxinfo", "info": "Mxother"}
    assert found_in_tables(database, {"was": "Mxinfo"}) == {"was": {"changes"}}
    told = erase(chat, "erase_all")
    assert "I erased what you added there (pets, friends and things: 1, photos: 1)" in told
    assert found_in_tables(database, markers) == {name: set() for name in markers}
    with database.transaction() as session:
        assert session.scalars(select(Concept.id)).all() == [berts]


def test_what_was_added_to_a_list_that_one_has_left_is_found_and_taken_along(
    chat: Friend, anna: Person, bert: Person, cleo: Person, database: Database
) -> None:
    list_id = family(database, bert, (anna, "editor"))
    elsewhere = family(database, bert, (cleo, "editor"))
    remember(database, anna.user_id, list_id, "Mxname")
    moved = remember(database, anna.user_id, list_id, "Mxmoved")
    berts = remember(database, bert.user_id, list_id, "Rex")
    with database.transaction() as session, acting_as(session, anna.actor):
        add_view(session, anna.user_id, [list_id], berts, view(unit(1)))
    with database.transaction() as session, acting_as(session, bert.actor):
        session.get_one(Concept, moved).list_id = elsewhere
    with database.transaction() as session, acting_as(session, anna.actor):
        session.execute(delete(Member).where(Member.user_id == anna.user_id))
    chat.says("/delete_my_data")
    question = chat.is_told()[-1]
    assert question.count("that you are not in any more goes on without you") == 2
    assert "Smiths" not in question
    assert "erase_all" in chat.buttons()
    chat.taps(chat.buttons()["erase_all"])
    assert found_in_tables(database, {"name": "Mx"}) == {"name": set()}
    with database.transaction() as session:
        assert session.scalars(select(Concept.id)).all() == [berts]
        assert session.scalars(select(View.concept_id)).all() == [berts]


def test_an_agreement_to_face_keys_ends_with_who_confirmed_it(
    chat: Friend, anna: Person, bert: Person, database: Database
) -> None:
    list_id = family(database, bert, (anna, "editor"))
    concepts = [remember(database, bert.user_id, list_id, name) for name in ("Rex", "Luna")]
    for person, concept_id in zip((anna, bert), concepts, strict=True):
        with database.transaction() as session, acting_as(session, person.actor):
            agree(session, person.user_id, [list_id], concept_id)
            views = views_without_face_key(session, [list_id], concept_id, "face/test")
            keys = dict.fromkeys(views, unit(1))
            assert add_face_keys(session, [list_id], concept_id, "face/test", keys) == 1
    erase(chat)
    with database.transaction() as session:
        agreed = select(Concept.id).where(Concept.face_agreed_at.is_not(None))
        assert session.scalars(agreed).all() == [concepts[1]]
        left = session.scalars(select(Key.concept_id).where(is_face_key())).all()
        assert left == [concepts[1]]


def test_nobody_is_asked_about_taking_along_who_gave_nothing(
    chat: Friend, anna: Person, bert: Person, database: Database
) -> None:
    family(database, bert, (anna, "viewer"))
    chat.says("/delete_my_data")
    question = chat.is_told()[-1]
    assert "• Smiths goes on without you. You have added nothing to it." in question
    assert ": 0" not in question
    assert list(chat.buttons()) == ["erase_mine", "erase_nothing"]


def test_a_family_goes_to_the_editor_who_has_been_in_it_longest(
    chat: Friend, anna: Person, bert: Person, cleo: Person, database: Database
) -> None:
    family(database, anna, (bert, "viewer"), (cleo, "editor"))
    chat.says("/delete_my_data")
    assert "Its owner is then the editor who has been in it longest" in chat.is_told()[-1]
    told = erase(chat)
    assert "Its owner is now the editor who has been in it longest" in told
    assert "is then" not in told
    assert _owners(database) == [cleo.user_id]


def test_without_editors_it_goes_to_a_viewer_who_is_told(
    chat: Friend, berts_chat: Friend, anna: Person, bert: Person, database: Database
) -> None:
    family(database, anna, (bert, "viewer"))
    erase(chat)
    assert _owners(database) == [bert.user_id]
    assert berts_chat.is_told()[-1].startswith("The owner of Smiths has left me")


def test_a_group_that_nobody_else_used_is_not_said_to_be_empty(
    chat: Friend, anna: Person, database: Database
) -> None:
    with database.transaction() as session:
        group = ConceptList(kind="group", title="Dog park", channel="telegram", chat_id=-5)
        session.add(group)
        session.flush()
        session.add(Member(list_id=group.id, user_id=anna.user_id, role="editor"))
    chat.says("/delete_my_data")
    question = chat.is_told()[-1]
    assert "• Nobody else has used me in the group Dog park" in question
    assert "nobody but you" not in question
    assert "• Nobody else had used me in the group Dog park" in erase(chat)


def test_a_family_with_nobody_left_is_dissolved(
    chat: Friend, anna: Person, database: Database
) -> None:
    list_id = family(database, anna)
    remember(database, anna.user_id, list_id, "Biscuit")
    assert "• Smiths had nobody but you, and is erased." in erase(chat)
    assert not {"concept_lists", "concepts", "changes"} & rows(database).keys()


def test_invites_that_the_person_made_end(
    chat: Friend, anna: Person, bert: Person, database: Database
) -> None:
    list_id = family(database, anna, (bert, "editor"))
    with database.transaction() as session, acting_as(session, anna.actor):
        session.add(
            Invite(
                list_id=list_id,
                token_hash=bytes(32),
                role="editor",
                created_by=anna.user_id,
                expires_at=func.now() + text("interval '1 day'"),
            )
        )
    erase(chat)
    assert "invites" not in rows(database)


def test_a_group_keeps_what_was_added_and_has_no_owner_to_follow(
    chat: Friend, anna: Person, bert: Person, database: Database
) -> None:
    with database.transaction() as session:
        group = ConceptList(kind="group", title="Club", channel="telegram", chat_id=-5)
        session.add(group)
        session.flush()
        for person in (anna, bert):
            session.add(Member(list_id=group.id, user_id=person.user_id, role="editor"))
        list_id = group.id
    with database.transaction() as session, acting_as(session, Actor(anna.user_id, list_id)):
        session.add(
            Concept(
                list_id=list_id,
                name="Rex",
                folded_name="rex",
                info="",
                category="",
                created_by=anna.user_id,
            )
        )
    assert "• Club goes on without you. What you added (pets, friends and things: 1" in erase(chat)
    with database.transaction() as session:
        assert session.scalars(select(Member.role).where(Member.list_id == list_id)).all() == [
            "editor"
        ]
        assert session.scalars(select(Concept.name)).all() == ["Rex"]
