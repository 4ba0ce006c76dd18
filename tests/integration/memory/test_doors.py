"""What PostgreSQL itself decides about families: who comes in, who owns, what is noted."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from rap_engine.memory import Actor, Change, Database, Invite, Member, acting_as
from rap_engine.memory.changing import forget
from rap_engine.memory.concepts import add_concept
from tests.integration.conftest import Person

HASH = b"\x01" * 32


def _found(database: Database, person: Person) -> int:
    with database.transaction() as session, acting_as(session, person.actor):
        return session.execute(text("SELECT rapbot_found_family('Smiths')")).scalar_one()


def _invite(database: Database, person: Person, list_id: int, most_uses: int = 1) -> None:
    with database.transaction() as session, acting_as(session, person.actor):
        session.add(
            Invite(
                list_id=list_id,
                token_hash=HASH,
                role="editor",
                created_by=person.user_id,
                expires_at=func.now() + timedelta(days=1),
                most_uses=most_uses,
            )
        )


def _join(session: Session) -> tuple[int | None, bool | None]:
    row = session.execute(text("SELECT * FROM rapbot_join(:hash, 50)"), {"hash": HASH}).one()
    return row.list_id, row.is_new


def test_an_invite_for_one_lets_one_in(database: Database, anna: Person, bert: Person) -> None:
    list_id = _found(database, anna)
    _invite(database, anna, list_id)
    with database.transaction() as session, acting_as(session, bert.actor):
        assert _join(session) == (list_id, True)
    with database.transaction() as session, acting_as(session, bert.actor):
        assert _join(session) == (None, None)


def test_who_is_a_member_does_not_use_an_invite_up(
    database: Database, anna: Person, bert: Person
) -> None:
    list_id = _found(database, anna)
    _invite(database, anna, list_id)
    with database.transaction() as session, acting_as(session, anna.actor):
        assert _join(session) == (list_id, False)
    with database.transaction() as session, acting_as(session, bert.actor):
        assert _join(session) == (list_id, True)


def test_nobody_joins_without_a_person_in_the_context(database: Database, anna: Person) -> None:
    list_id = _found(database, anna)
    _invite(database, anna, list_id)
    with database.transaction() as session:
        assert _join(session) == (None, None)


def test_one_statement_hands_a_list_over(database: Database, anna: Person, bert: Person) -> None:
    list_id = _found(database, anna)
    with database.transaction() as session:
        session.add(Member(list_id=list_id, user_id=bert.user_id, role="editor"))
    swap = text(
        "UPDATE members SET role = CASE user_id WHEN :old THEN 'editor' ELSE 'owner' END"
        " WHERE list_id = :list_id AND user_id IN (:old, :new)"
    )
    with database.transaction() as session, acting_as(session, anna.actor):
        session.execute(swap, {"old": anna.user_id, "new": bert.user_id, "list_id": list_id})
    with database.transaction() as session:
        roles = dict(
            session.execute(
                select(Member.user_id, Member.role).where(Member.list_id == list_id)
            ).all()
        )
    assert roles == {anna.user_id: "editor", bert.user_id: "owner"}


def test_a_list_has_one_owner(database: Database, anna: Person, bert: Person) -> None:
    list_id = _found(database, anna)
    with pytest.raises(IntegrityError, match="members_owner_excl"), database.transaction() as s:
        s.add(Member(list_id=list_id, user_id=bert.user_id, role="owner"))


def test_a_member_makes_nobody_owner(database: Database, anna: Person, bert: Person) -> None:
    list_id = _found(database, anna)
    with database.transaction() as session:
        session.add(Member(list_id=list_id, user_id=bert.user_id, role="editor"))
    with database.transaction() as session, acting_as(session, bert.actor):
        claim = update(Member).where(Member.list_id == list_id).values(role="owner")
        assert session.execute(claim.returning(Member.user_id)).all() == []


def test_history_is_written_by_no_verb_and_by_nobody_else(database: Database, anna: Person) -> None:
    list_id = _found(database, anna)
    with database.transaction() as session, acting_as(session, anna.actor):
        add_concept(session, anna.user_id, list_id, "Biscuit", "a corgi", "dog")
        add_concept(session, anna.user_id, anna.list_id, "Diary", "", "book")
        forget(session, [list_id], "Biscuit")
        entries = session.execute(
            select(Change.user_id, Change.action, Change.name).order_by(Change.id)
        ).all()
    assert entries == [
        (anna.user_id, "founded", "owner"),
        (anna.user_id, "added", "Biscuit"),
        (anna.user_id, "forgotten", "Biscuit"),
    ]
    for forgery in (
        "INSERT INTO changes (list_id, action) VALUES (1, 'added')",
        "DELETE FROM changes",
        "UPDATE changes SET user_id = NULL",
        "SELECT rapbot_note(1, 'added', 1, 'x', NULL, NULL)",
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            database.transaction() as session,
            acting_as(session, anna.actor),
        ):
            session.execute(text(forgery))


def test_inside_a_group_only_its_list_is_seen_and_elsewhere_not(
    database: Database, anna: Person
) -> None:
    family = _found(database, anna)
    with database.transaction() as session:
        group = session.execute(
            text(
                "INSERT INTO concept_lists (kind, channel, chat_id)"
                " VALUES ('group', 'telegram', -5) RETURNING id"
            )
        ).scalar_one()
        session.add(Member(list_id=group, user_id=anna.user_id, role="editor"))
    here, inside = anna.actor, Actor(anna.user_id, group)
    ids = text("SELECT id FROM concept_lists ORDER BY id")
    with database.transaction() as session:
        with acting_as(session, here):
            assert session.scalars(ids).all() == [anna.list_id, family]
        with acting_as(session, inside):
            assert session.scalars(ids).all() == [group]
