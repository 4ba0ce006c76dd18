"""A job is worked on by one holder at a time, and ends with one set of replies."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from rap_engine.memory import Concept, Database
from tests.integration.conftest import Person
from tests.integration.jobs.publisher import Published
from tests.services import no_settings
from workers.jobs.errors import LeaseLost
from workers.jobs.outbox import add_replies, busy_chats, claim_next, give_up, mark_sent, put_off
from workers.jobs.queue import enqueue, finish, renew, take
from workers.jobs.recovery import recover_jobs
from workers.jobs.retention import KEEP_UPLOADS, UNDO_FORGET, Keep, purge
from workers.jobs.tables import Job, Reply, Upload
from workers.jobs.uploads import keep_upload
from workers.jobs.values import AnswerRequest, Button, Content, Draft, Lease

LEASE_S = 60.0
KEEP = Keep.of(no_settings())


@pytest.fixture
def published() -> Published:
    return Published()


def _ask(database: Database, person: Person, publisher: Published, question: str = "?") -> int:
    with database.transaction() as session:
        return enqueue(session, publisher, person.address, AnswerRequest(question))


def _take(database: Database, job_id: int) -> Lease | None:
    with database.transaction() as session:
        return take(session, Published(), job_id, LEASE_S)


def _must_take(database: Database, job_id: int) -> Lease:
    lease = _take(database, job_id)
    assert lease is not None
    return lease


def _let_the_lease_run_out(database: Database, job_id: int) -> None:
    with database.transaction() as session:
        session.execute(
            update(Job).where(Job.id == job_id).values(leased_until=func.now() - timedelta(hours=1))
        )


def _texts(session: Session) -> list[str]:
    return [r.content.get("text", "") for r in session.scalars(select(Reply).order_by(Reply.id))]


def _finish(database: Database, lease: Lease, text: str = "done") -> None:
    with database.transaction() as session:
        finish(session, Published(), lease, [Draft(Content(text=text))])


def test_a_job_is_published_after_the_commit_only(
    database: Database, anna: Person, published: Published
) -> None:
    with database.transaction() as session:
        job_id = enqueue(session, published, anna.address, AnswerRequest("?"))
        assert published.ids == []
    assert published.ids == [job_id]


def test_a_rolled_back_job_is_never_published(
    database: Database, anna: Person, published: Published
) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        enqueue(session, published, anna.address, AnswerRequest("?"))
        _ = 1 / 0
    assert published.ids == []


def test_a_job_is_taken_once(database: Database, anna: Person, published: Published) -> None:
    job_id = _ask(database, anna, published, "who?")
    lease = _must_take(database, job_id)
    assert (lease.kind, lease.payload, lease.address) == (
        "answer",
        {"question": "who?"},
        anna.address,
    )
    assert _take(database, job_id) is None


def test_a_finished_job_is_not_taken_again(
    database: Database, anna: Person, published: Published
) -> None:
    job_id = _ask(database, anna, published)
    _finish(database, _must_take(database, job_id))
    assert _take(database, job_id) is None


def test_who_lost_the_lease_commits_nothing(
    database: Database, anna: Person, published: Published
) -> None:
    job_id = _ask(database, anna, published)
    first = _must_take(database, job_id)
    _let_the_lease_run_out(database, job_id)
    second = _must_take(database, job_id)
    with pytest.raises(LeaseLost):
        _finish(database, first, "from the first")
    _finish(database, second, "from the second")
    with database.transaction() as session:
        assert _texts(session) == ["from the second"]


def test_a_heartbeat_keeps_the_lease_of_its_holder_alone(
    database: Database, anna: Person, published: Published
) -> None:
    job_id = _ask(database, anna, published)
    first = _must_take(database, job_id)
    _let_the_lease_run_out(database, job_id)
    with database.transaction() as session:
        assert renew(session, first, LEASE_S)
    assert _take(database, job_id) is None
    _let_the_lease_run_out(database, job_id)
    _must_take(database, job_id)
    with database.transaction() as session:
        assert not renew(session, first, LEASE_S)


def test_a_dead_workers_job_is_published_again(
    database: Database, anna: Person, published: Published
) -> None:
    job_id = _ask(database, anna, published)
    _must_take(database, job_id)
    _let_the_lease_run_out(database, job_id)
    with database.transaction() as session:
        assert recover_jobs(session, published, max_attempts=3).published == 1
    assert published.ids == [job_id, job_id]
    assert _must_take(database, job_id).attempt == 2


def test_a_lost_message_is_sent_again_but_not_at_every_look(
    database: Database, anna: Person, published: Published
) -> None:
    job_id = _ask(database, anna, published)
    with database.transaction() as session:
        assert recover_jobs(session, published, max_attempts=3).published == 0
        session.execute(update(Job).values(publish_after=func.now() - timedelta(seconds=1)))
    for expected in (1, 0):
        with database.transaction() as session:
            assert recover_jobs(session, published, max_attempts=3).published == expected
    assert published.ids == [job_id, job_id]


def test_a_job_in_work_is_left_alone(
    database: Database, anna: Person, published: Published
) -> None:
    job_id = _ask(database, anna, published)
    _must_take(database, job_id)
    with database.transaction() as session:
        session.execute(update(Job).values(publish_after=func.now() - timedelta(hours=1)))
    with database.transaction() as session:
        assert recover_jobs(session, published, max_attempts=3).published == 0


def test_a_job_that_kills_its_workers_ends_with_one_apology(
    database: Database, anna: Person, published: Published
) -> None:
    job_id = _ask(database, anna, published)
    for _ in range(2):
        _must_take(database, job_id)
        _let_the_lease_run_out(database, job_id)
    for expected in (1, 0):
        with database.transaction() as session:
            assert recover_jobs(session, published, max_attempts=2).given_up == expected
    assert _take(database, job_id) is None
    with database.transaction() as session:
        replies = session.scalars(select(Reply)).all()
        assert [r.content for r in replies] == [{"notice": "sorry_failed"}]


def test_replies_of_a_chat_go_out_in_order_and_chats_do_not_wait_for_each_other(
    database: Database, anna: Person, bert: Person
) -> None:
    with database.transaction() as session:
        add_replies(session, anna.address, [Draft(Content(text=t)) for t in ("a1", "a2")])
        add_replies(session, bert.address, [Draft(Content(text="b1"))])
    with database.transaction() as one, database.transaction() as two:
        first = claim_next(one, "console")
        second = claim_next(two, "console")
        assert first is not None
        assert second is not None
        assert (first.content.text, second.content.text) == ("a1", "b1")
        mark_sent(one, first.reply_id, 1)
    with database.transaction() as session:
        third = claim_next(session, "console", anna.address.chat_id)
        assert third is not None
        assert third.content.text == "a2"


def test_a_sender_that_dies_leaves_its_reply_to_the_next(database: Database, anna: Person) -> None:
    with database.transaction() as session:
        add_replies(session, anna.address, [Draft(Content(text="hello"), b"jpeg")])
    with pytest.raises(ZeroDivisionError), database.transaction() as session:
        assert claim_next(session, "console") is not None
        _ = 1 / 0
    with database.transaction() as session:
        again = claim_next(session, "console")
        assert again is not None
        assert (again.content.text, again.photo) == ("hello", b"jpeg")


def test_a_reply_that_is_put_off_or_given_up_is_not_claimed(
    database: Database, anna: Person
) -> None:
    with database.transaction() as session:
        add_replies(session, anna.address, [Draft(Content(text="hello"))])
    with database.transaction() as session:
        claimed = claim_next(session, "console")
        assert claimed is not None
        put_off(session, claimed.reply_id, 3600, "flood")
    with database.transaction() as session:
        assert claim_next(session, "console") is None
        give_up(session, claimed.reply_id, "failed", "blocked")
    with database.transaction() as session:
        assert session.scalars(select(Reply.state)).all() == ["failed"]


def test_a_reply_keeps_all_it_says(database: Database, anna: Person) -> None:
    content = Content(
        notice="forgotten", params={"name": "Biscuit"}, buttons=(Button("undo", "undo:1"),)
    )
    with database.transaction() as session:
        add_replies(session, anna.address, [Draft(content)])
    with database.transaction() as session:
        claimed = claim_next(session, "console")
        assert claimed is not None
        assert claimed.content == content


def test_typing_shows_where_work_is_under_way(
    database: Database, anna: Person, bert: Person, published: Published
) -> None:
    job_id = _ask(database, anna, published)
    with database.transaction() as session:
        assert busy_chats(session, "console") == [anna.address.chat_id]
    _finish(database, _must_take(database, job_id))
    with database.transaction() as session:
        assert busy_chats(session, "console") == []


def test_purging_spares_photos_of_work_under_way(
    database: Database, anna: Person, published: Published
) -> None:
    with database.transaction() as session:
        for _ in range(2):
            keep_upload(session, anna.user_id, b"photo")
        used, _unused = session.scalars(select(Upload.id).order_by(Upload.id)).all()
        enqueue(session, published, anna.address, AnswerRequest("?"), used)
        session.execute(update(Upload).values(created_at=func.now() - KEEP_UPLOADS * 2))
    purge(database, KEEP)
    with database.transaction() as session:
        assert session.scalars(select(Upload.id)).all() == [used]


def test_ended_jobs_are_erased_after_a_while_and_open_ones_are_not(
    database: Database, anna: Person, published: Published
) -> None:
    old, new, waiting = (_ask(database, anna, published) for _ in range(3))
    for job_id in (old, new):
        _finish(database, _must_take(database, job_id))
    with database.transaction() as session:
        session.execute(
            update(Job).where(Job.id == old).values(finished_at=func.now() - KEEP.replies * 2)
        )
        session.execute(update(Job).values(created_at=func.now() - KEEP.replies * 2))
    purge(database, KEEP)
    with database.transaction() as session:
        assert session.scalars(select(Job.id).order_by(Job.id)).all() == [new, waiting]


def test_a_forgotten_concept_is_erased_when_its_undo_has_run_out(
    database: Database, anna: Person
) -> None:
    with database.transaction() as session:
        for name, days in (("Old", 2), ("New", 0)):
            forgotten_at = func.now() - UNDO_FORGET * days
            session.add(
                Concept(
                    list_id=anna.list_id,
                    name=name,
                    folded_name=name,
                    info="",
                    category="",
                    forgotten_at=forgotten_at,
                )
            )
    purge(database, KEEP)
    with database.transaction() as session:
        assert session.scalars(select(Concept.name)).all() == ["New"]
