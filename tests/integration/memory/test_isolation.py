"""A row of one list is never seen outside it, even by a query that forgot its filter."""

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from rap_engine.errors import NotAMember
from rap_engine.memory import (
    Concept,
    Database,
    Key,
    Member,
    View,
    acting_as,
    after_commit,
)
from rap_engine.memory.concepts import NewView, add_concept, add_view
from rap_engine.memory.conversations import ChatId, PastTurn, Provenance, add_turn, history
from rap_engine.memory.nearest import nearest_views
from tests.integration.conftest import Person
from tests.integration.memory.builders import ENCODER, remember, unit, view
from workers.jobs.errors import UploadGone
from workers.jobs.tables import Upload
from workers.jobs.uploads import keep_upload, read_upload

LISTED = (Concept, View, Key)


def _count(session: Session, table: type) -> int:
    return session.scalars(select(func.count()).select_from(table)).one()


@pytest.fixture(autouse=True)
def _anna_knows_biscuit(database: Database, anna: Person) -> None:
    remember(database, anna.user_id, anna.list_id, "Biscuit", unit(1))


@pytest.mark.parametrize("table", LISTED)
def test_a_query_without_a_filter_shows_a_stranger_nothing(
    database: Database, anna: Person, bert: Person, table: type
) -> None:
    with database.transaction() as session:
        with acting_as(session, anna.actor):
            assert _count(session, table) == 1
        with acting_as(session, bert.actor):
            assert _count(session, table) == 0


@pytest.mark.parametrize("table", LISTED)
def test_without_a_person_in_the_context_there_are_no_rows(database: Database, table: type) -> None:
    with database.transaction() as session:
        session.execute(text("SET LOCAL ROLE rapbot_user"))
        assert _count(session, table) == 0


def test_the_nearest_views_of_a_guessed_list_are_not_shown(
    database: Database, anna: Person, bert: Person
) -> None:
    with database.transaction() as session, acting_as(session, bert.actor):
        found = nearest_views(session, [anna.list_id], ENCODER, unit(1)[None], limit=5)
    assert found == []


@pytest.mark.parametrize("role", ["viewer", None])
def test_who_may_not_write_to_a_list_adds_nothing_to_it(
    database: Database, anna: Person, bert: Person, role: str | None
) -> None:
    with database.transaction() as session:
        if role:
            session.add(Member(list_id=anna.list_id, user_id=bert.user_id, role=role))
    with (
        pytest.raises(NotAMember),
        database.transaction() as session,
        acting_as(session, bert.actor),
    ):
        add_concept(session, bert.user_id, anna.list_id, "Poison", "", "")


def test_a_viewer_sees_but_changes_and_erases_nothing(
    database: Database, anna: Person, bert: Person
) -> None:
    with database.transaction() as session:
        session.add(Member(list_id=anna.list_id, user_id=bert.user_id, role="viewer"))
    with database.transaction() as session, acting_as(session, bert.actor):
        assert _count(session, Concept) == 1
        assert session.execute(update(Concept).values(info="x").returning(Concept.id)).all() == []
        assert session.execute(delete(Concept).returning(Concept.id)).all() == []


def test_a_member_cannot_move_a_concept_into_a_list_of_another(
    database: Database, anna: Person, bert: Person
) -> None:
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        database.transaction() as session,
        acting_as(session, anna.actor),
    ):
        session.execute(update(Concept).values(list_id=bert.list_id))


def test_nobody_makes_themselves_a_member(database: Database, anna: Person, bert: Person) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        database.transaction() as session,
        acting_as(session, bert.actor),
    ):
        session.execute(
            text("INSERT INTO members VALUES (:list_id, :user_id, 'owner')"),
            {"list_id": anna.list_id, "user_id": bert.user_id},
        )


def test_a_view_cannot_be_hung_on_a_concept_that_is_not_seen(
    database: Database, anna: Person, bert: Person
) -> None:
    with database.transaction() as session:
        concept_id = session.scalars(select(Concept.id)).one()
    new: NewView = view(unit(1))
    with (
        pytest.raises(Exception, match=str(concept_id)),
        database.transaction() as session,
        acting_as(session, bert.actor),
    ):
        add_view(session, bert.user_id, [anna.list_id, bert.list_id], concept_id, new)


def test_uploads_and_conversations_are_their_owners_alone(
    database: Database, anna: Person, bert: Person
) -> None:
    chat = ChatId(anna.user_id, "console", anna.user_id)
    made_by = Provenance("starter", "d", "e", "g", 0.5)
    with database.transaction() as session, acting_as(session, anna.actor):
        keep_upload(session, anna.user_id, b"photo")
        add_turn(session, chat, PastTurn("who?", "Biscuit", ()), made_by)
    with database.transaction() as session, acting_as(session, bert.actor):
        assert _count(session, Upload) == 0
        assert history(session, chat) == []


def test_the_context_ends_with_its_block(database: Database, anna: Person) -> None:
    with database.transaction() as session:
        with acting_as(session, anna.actor):
            pass
        assert session.scalar(text("SELECT current_user")) != "rapbot_user"
        assert session.scalar(text("SELECT current_setting('rapbot.user_id', true)")) == ""


def test_acting_for_two_people_at_once_is_refused(
    database: Database, anna: Person, bert: Person
) -> None:
    with database.transaction() as session, acting_as(session, anna.actor):
        with pytest.raises(RuntimeError), acting_as(session, bert.actor):
            pass
        assert _count(session, Concept) == 1
    with database.transaction() as session, acting_as(session, bert.actor):
        assert _count(session, Concept) == 0


def test_what_follows_a_commit_does_not_follow_writes_that_were_undone(
    database: Database, anna: Person
) -> None:
    done: list[str] = []
    with database.transaction() as session:
        after_commit(session, lambda: done.append("kept"))
        with pytest.raises(ZeroDivisionError), acting_as(session, anna.actor):
            after_commit(session, lambda: done.append("undone"))
            _ = 1 / 0
    assert done == ["kept"]


def test_an_error_in_the_block_undoes_its_writes_and_ends_the_context(
    database: Database, anna: Person
) -> None:
    with database.transaction() as session:
        with pytest.raises(ZeroDivisionError), acting_as(session, anna.actor):
            add_concept(session, anna.user_id, anna.list_id, "Ghost", "", "")
            _ = 1 / 0
        assert session.scalar(text("SELECT current_user")) != "rapbot_user"
        names = session.scalars(select(Concept.name)).all()
    assert names == ["Biscuit"]


def test_a_worker_reads_no_photo_of_another_than_the_one_whose_job_it_does(
    database: Database, anna: Person, bert: Person
) -> None:
    with database.transaction() as session:
        upload_id = keep_upload(session, anna.user_id, b"photo")
        assert read_upload(session, anna.user_id, upload_id) == b"photo"
        with pytest.raises(UploadGone):
            read_upload(session, bert.user_id, upload_id)
