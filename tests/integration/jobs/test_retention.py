"""One row that cannot be erased keeps no other from being erased."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from bot.administration.tables import Broadcast
from bot.tidying import Tidying
from rap_engine.memory import Concept, ConceptList, Database, Invite
from tests.integration.conftest import Person
from tests.services import no_settings
from workers.jobs import retention
from workers.jobs.retention import Keep, purge
from workers.jobs.tables import Upload

pytestmark = pytest.mark.integration
KEEP = Keep.of(no_settings())
WEEK = timedelta(days=7)


@pytest.fixture
def impatient(database: Database) -> Database:
    """As housekeeping's: it waits for nobody's lock for long."""
    return Database(database.url, pool_size=0, lock_wait_s=0.1)


def _add_uploads(database: Database, person: Person, count: int) -> None:
    with database.transaction() as session:
        old = func.now() - WEEK
        session.add_all(
            Upload(user_id=person.user_id, content=b"photo", created_at=old) for _ in range(count)
        )


def _left(database: Database) -> list[int]:
    with database.transaction() as session:
        return list(session.scalars(select(Upload.id).order_by(Upload.id)))


def test_a_locked_row_keeps_no_other_of_its_kind(
    database: Database, impatient: Database, anna: Person
) -> None:
    _add_uploads(database, anna, 3)
    first = _left(database)[0]
    with database.transaction() as session:
        session.execute(select(Upload.id).where(Upload.id == first).with_for_update())
        purge(impatient, KEEP)
    assert _left(database) == [first]


def test_a_locked_table_keeps_no_other_table(
    database: Database, impatient: Database, anna: Person
) -> None:
    _add_uploads(database, anna, 1)
    with database.transaction() as session:
        session.add(
            Concept(
                list_id=anna.list_id,
                name="Rex",
                folded_name="rex",
                info="",
                category="",
                forgotten_at=func.now() - WEEK,
            )
        )
    with database.transaction() as session:
        session.execute(text("LOCK TABLE uploads"))
        purge(impatient, KEEP)
    with database.transaction() as session:
        assert session.scalars(select(Concept.id)).all() == []
    assert len(_left(database)) == 1


def test_more_than_a_batch_is_erased_at_once(
    database: Database, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_BATCH", 2)
    _add_uploads(database, anna, 5)
    purge(database, KEEP)
    assert _left(database) == []


@pytest.mark.parametrize(("days", "left"), [(366, 0), (364, 1)])
def test_invites_that_ran_out_are_erased_as_a_list_s_history_is(
    database: Database, days: int, left: int
) -> None:
    with database.transaction() as session:
        family = ConceptList(kind="family", title="Smiths")
        session.add(family)
        session.flush()
        expired = func.now() - timedelta(days=days)
        session.add(
            Invite(list_id=family.id, token_hash=b"hash", role="viewer", expires_at=expired)
        )
    purge(database, KEEP)
    with database.transaction() as session:
        assert len(session.scalars(select(Invite.id)).all()) == left


@pytest.mark.parametrize(
    ("state", "days", "left"),
    [("done", 366, 0), ("done", 364, 1), ("draft", 366, 0), ("running", 366, 1)],
)
def test_what_was_told_to_everybody_is_erased_as_well(
    database: Database, state: str, days: int, left: int
) -> None:
    then = func.now() - timedelta(days=days)
    with database.transaction() as session:
        ended = then if state == "done" else None
        session.add(
            Broadcast(
                channel="telegram",
                text="hello",
                created_by="telegram:1",
                state=state,
                created_at=then,
                ended_at=ended,
            )
        )
    Tidying(database, keep_inbox_days=2, keep_history_days=365).tidy()
    with database.transaction() as session:
        assert len(session.scalars(select(Broadcast.id)).all()) == left
