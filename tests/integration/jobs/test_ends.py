"""However a job ends, who waits for it is told and the person's next one is called for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from rap_engine.memory import ConceptList, Database, conninfo
from rap_engine.memory.groups import ensure_group
from tests.integration.conftest import Person
from tests.integration.jobs.publisher import Published
from workers.jobs.outbox import add_replies, claim_next
from workers.jobs.queue import NOTIFY_CHANNEL, drop_waiting, enqueue, take
from workers.jobs.recovery import recover_jobs
from workers.jobs.tables import Job, Reply
from workers.jobs.values import AnswerRequest, Content, Draft

pytestmark = pytest.mark.integration
LEASE_S = 60.0


@pytest.fixture
def heard(database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(conninfo(database.url), autocommit=True) as connection:
        connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
        yield connection


def _ended(heard: psycopg.Connection) -> list[str]:
    return [notify.payload for notify in heard.notifies(timeout=0.2)]


def _ask(
    database: Database, publisher: Published, person: Person, *, in_group: bool = False
) -> int:
    with database.transaction() as session:
        address = person.address
        if in_group:
            address = replace(address, group_id=ensure_group(session, "telegram", -5, "Walkers"))
        return enqueue(session, publisher, address, AnswerRequest("?"))


def _states(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.scalars(select(Job.state).order_by(Job.id)))


def test_a_job_of_a_gone_group_calls_for_the_next_one(
    database: Database, anna: Person, heard: psycopg.Connection
) -> None:
    published = Published()
    gone = _ask(database, published, anna, in_group=True)
    following = _ask(database, published, anna)
    assert published.ids == [gone]
    with database.transaction() as session:
        session.execute(delete(ConceptList).where(ConceptList.kind == "group"))
    with database.transaction() as session:
        assert take(session, published, gone, LEASE_S) is None
    assert published.ids == [gone, following]
    assert _ended(heard) == [str(gone)]
    assert _states(database) == ["failed", "queued"]


def test_a_job_that_is_given_up_is_told_of(
    database: Database, anna: Person, heard: psycopg.Connection
) -> None:
    published = Published()
    job_id = _ask(database, published, anna)
    with database.transaction() as session:
        assert take(session, published, job_id, LEASE_S) is not None
        session.execute(update(Job).values(leased_until=func.now() - timedelta(hours=1)))
    with database.transaction() as session:
        assert recover_jobs(session, published, max_attempts=1).given_up == 1
    assert _ended(heard) == [str(job_id)]


def test_what_waits_of_a_person_can_be_ended_without_a_word(
    database: Database, anna: Person, bert: Person, heard: psycopg.Connection
) -> None:
    published = Published()
    running, *waiting = [_ask(database, published, anna) for _ in range(3)]
    _ask(database, published, bert)
    with database.transaction() as session:
        assert take(session, published, running, LEASE_S) is not None
    with database.transaction() as session:
        assert drop_waiting(session, anna.user_id) == 2
    assert _states(database) == ["running", "failed", "failed", "queued"]
    assert _ended(heard) == [str(job_id) for job_id in waiting]
    with database.transaction() as session:
        assert session.scalars(select(Reply.id)).all() == []


def test_finding_the_next_reply_reads_none_that_waits_behind_another(
    database: Database, anna: Person, bert: Person
) -> None:
    with database.transaction() as session:
        add_replies(session, bert.address, [Draft(Content(text="hello"))])
        session.execute(
            text(
                "INSERT INTO replies (channel, chat_id, user_id, content, not_before)"
                " SELECT 'console', -1, :user_id, '{}', now() + interval '1 hour'"
                " FROM generate_series(1, 3000)"
            ),
            {"user_id": anna.user_id},
        )
        session.execute(text("ANALYZE replies"))
    with database.transaction() as session:
        before = _scanned(session)
        claimed = claim_next(session, "console")
        assert claimed is not None
        assert claimed.user_id == bert.user_id
        assert _scanned(session) - before < 100


def _scanned(session: Session) -> int:
    """Return how many replies and entries of their indexes this transaction has read."""
    tables = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'replies'"
    indexes = (
        "SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid))"
        " FROM pg_index WHERE indrelid = 'replies'::regclass"
    )
    return int(session.execute(text(f"SELECT ({tables}) + ({indexes})")).scalar_one())
