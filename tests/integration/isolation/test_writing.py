"""Raw SQL in the name of a person: what it may say of others, and where it may speak."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from rap_engine.memory import Actor, Concept, Database, Member, User, View, acting_as
from rap_engine.memory.people import companions
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember, unit
from workers.jobs.tables import Job, Upload

CONCEPT = (
    "INSERT INTO concepts (list_id, name, folded_name, info, category, created_by, face_agreed_by)"
    " VALUES (:list, 'Rex', 'rex', '', '', :by, :agreed)"
)
VIEW = (
    "INSERT INTO views (concept_id, list_id, photo, box, created_by)"
    " VALUES (:concept, :list, '', '{0,0,1,1}', :by)"
)
JOB = (
    "INSERT INTO jobs (kind, user_id, channel, chat_id, payload, upload_id)"
    " VALUES ('answer', :by, :channel, :chat, '{}', :upload)"
)
REPLY = (
    "INSERT INTO replies (user_id, channel, chat_id, content) VALUES (:by, :channel, :chat, '{}')"
)


@pytest.fixture
def biscuit(database: Database, anna: Person, bert: Person) -> int:
    """A concept of Anna's, in whose list Bert is an editor."""
    concept_id = remember(database, anna.user_id, anna.list_id, "Biscuit", unit(1))
    with database.transaction() as session:
        session.add(Member(list_id=anna.list_id, user_id=bert.user_id, role="editor"))
    return concept_id


def _does(database: Database, actor: Actor, sql: str, values: Mapping[str, Any]) -> None:
    with database.transaction() as session, acting_as(session, actor):
        session.execute(text(sql), values)


def _is_refused(database: Database, actor: Actor, sql: str, **values: Any) -> None:
    with pytest.raises(DBAPIError, match=r"row-level security|permission denied|who acts"):
        _does(database, actor, sql, values)


def test_nobody_adds_a_concept_in_the_name_of_another(
    database: Database, anna: Person, bert: Person, biscuit: int
) -> None:
    mine = {"list": bert.list_id, "by": bert.user_id, "agreed": None}
    for forged in ({"by": anna.user_id}, {"by": None}, {"agreed": anna.user_id}):
        _is_refused(database, bert.actor, CONCEPT, **(mine | forged))
    _does(database, bert.actor, CONCEPT, mine)


def test_nobody_adds_a_view_in_the_name_of_another(
    database: Database, anna: Person, bert: Person, biscuit: int
) -> None:
    mine = {"concept": biscuit, "list": anna.list_id, "by": bert.user_id}
    for forged in ({"by": anna.user_id}, {"by": None}):
        _is_refused(database, bert.actor, VIEW, **(mine | forged))
    _does(database, bert.actor, VIEW, mine)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE concepts SET created_by = :by",
        "UPDATE concepts SET created_by = NULL",
        "UPDATE concepts SET created_at = now() - interval '1 day'",
        "UPDATE concepts SET face_agreed_by = :other, face_agreed_at = now()",
        "UPDATE views SET created_by = :by",
        "UPDATE views SET photo = ''",
        "UPDATE keys SET embedding = '[1,0]'",
    ],
)
def test_who_told_and_who_confirmed_is_not_rewritten(
    database: Database, anna: Person, bert: Person, biscuit: int, change: str
) -> None:
    _is_refused(database, bert.actor, change, by=bert.user_id, other=anna.user_id)


def test_what_another_confirmed_stays_theirs_when_the_rest_is_changed(
    database: Database, anna: Person, bert: Person, biscuit: int
) -> None:
    agree = "UPDATE concepts SET face_agreed_by = :by, face_agreed_at = now()"
    _does(database, anna.actor, agree, {"by": anna.user_id})
    _does(database, bert.actor, "UPDATE concepts SET info = 'a corgi'", {})
    with database.transaction() as session:
        assert session.get_one(Concept, biscuit).face_agreed_by == anna.user_id
    _does(database, bert.actor, "UPDATE concepts SET face_agreed_by = NULL", {})


def test_copied_views_say_who_took_them_and_are_copied_only_from_sight_into_ones_own(
    database: Database, anna: Person, bert: Person, biscuit: int
) -> None:
    target = remember(database, bert.user_id, bert.list_id, "Copy", unit(2))
    secret = remember(database, anna.user_id, anna.list_id, "Secret", unit(3))
    copied = "SELECT rapbot_copy_views(:source, :target)"
    _does(database, bert.actor, copied, {"source": biscuit, "target": target})
    with database.transaction() as session:
        of_target = select(View.created_by).where(View.concept_id == target).order_by(View.id)
        assert session.scalars(of_target).all() == [bert.user_id, anna.user_id]
        membership = session.get_one(Member, (anna.list_id, bert.user_id))
        membership.role = "viewer"
    _is_refused_to_copy(database, bert, target, secret)
    with database.transaction() as session:
        session.delete(session.get_one(Member, (anna.list_id, bert.user_id)))
    _does(database, bert.actor, copied, {"source": secret, "target": target})
    with database.transaction() as session:
        assert len(session.scalars(of_target).all()) == 2


def _is_refused_to_copy(database: Database, bert: Person, source: int, target: int) -> None:
    with pytest.raises(DBAPIError, match="no right to add"):
        _does(
            database,
            bert.actor,
            "SELECT rapbot_copy_views(:source, :target)",
            {"source": source, "target": target},
        )


def test_a_job_takes_only_a_photo_of_ones_own(
    database: Database, anna: Person, bert: Person
) -> None:
    """A worker reads it with the system's rights."""
    with database.transaction() as session:
        uploads = [Upload(user_id=one.user_id, content=b"x") for one in (anna, bert)]
        session.add_all(uploads)
        session.flush()
        hers, his = (upload.id for upload in uploads)
    here = {"by": bert.user_id, "channel": "console", "chat": bert.user_id}
    _is_refused(database, bert.actor, JOB, **here, upload=hers)
    _is_refused(database, bert.actor, JOB, **here, upload=hers + 1000)
    _does(database, bert.actor, JOB, {**here, "upload": his})
    _does(database, bert.actor, JOB, {**here, "upload": None})
    with database.transaction() as session:
        assert session.scalars(select(Job.upload_id).order_by(Job.id)).all() == [his, None]


@pytest.mark.parametrize("insert", [JOB, REPLY])
def test_nobody_speaks_into_the_chat_of_another(
    database: Database, anna: Person, bert: Person, insert: str
) -> None:
    """The sender and workers write there with the system's rights."""
    with database.transaction() as session:
        group = session.scalars(
            text(
                "INSERT INTO concept_lists (kind, channel, chat_id)"
                " VALUES ('group', 'telegram', -5) RETURNING id"
            )
        ).one()
    mine = {"by": bert.user_id, "channel": "console", "chat": bert.user_id, "upload": None}
    inside = Actor(bert.user_id, group)
    for forged in (
        {"by": anna.user_id},
        {"chat": anna.user_id},
        {"channel": "telegram"},
        {"channel": "telegram", "chat": -5},
    ):
        _is_refused(database, bert.actor, insert, **(mine | forged))
    _is_refused(database, inside, insert, **(mine | {"channel": "telegram", "chat": -6}))
    _does(database, bert.actor, insert, mine)
    _does(database, inside, insert, {**mine, "channel": "telegram", "chat": -5})


def test_of_companions_people_see_the_name_and_nothing_else(
    database: Database, anna: Person, bert: Person, biscuit: int
) -> None:
    with database.transaction() as session, acting_as(session, bert.actor):
        assert session.scalars(select(User.id)).all() == [bert.user_id]
        people = companions()
        names = {row.id: row.display_name for row in session.execute(select(people))}
    assert names == {anna.user_id: "Anna", bert.user_id: "Bert"}
    with database.transaction() as session, acting_as(session, anna.actor):
        assert session.scalars(select(User.id)).all() == [anna.user_id]
