"""What nobody needs is erased when the operator's days are over, and not before."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.intake import inbox
from bot.intake.tables import InboxUpdate
from bot.tidying import Tidying
from rap_engine.memory import (
    Change,
    Concept,
    ConceptList,
    Conversation,
    Database,
    Turn,
    acting_as,
)
from rap_engine.memory.conversations import PastTurn, Provenance, add_turn
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember
from tests.integration.privacy.conftest import family
from tests.services import no_settings
from workers.jobs.outbox import add_replies
from workers.jobs.retention import Keep, purge
from workers.jobs.tables import Reply
from workers.jobs.values import Content, Draft

pytestmark = pytest.mark.integration
KEEP = Keep(timedelta(days=7), timedelta(days=90), timedelta(days=365))


def _purge(database: Database) -> None:
    purge(database, KEEP)


def test_the_settings_are_read() -> None:
    chosen = {"keep_replies_days": 3.0, "keep_conversations_days": 4.0, "keep_history_days": 5.5}
    assert Keep.of(no_settings().model_copy(update=chosen)) == Keep(
        timedelta(days=3), timedelta(days=4), timedelta(days=5.5)
    )


def test_conversations_with_all_they_quote(database: Database, anna: Person) -> None:
    made_by = Provenance("p", "d", "e", "g", 0.5)
    for question in ("old", "new"):
        with database.transaction() as session, acting_as(session, anna.actor):
            add_turn(session, anna.address.chat, PastTurn(question, "!", ()), made_by)
        days = 91 if question == "old" else 89
        with database.transaction() as session:
            youngest = select(func.max(Conversation.id)).scalar_subquery()
            session.execute(
                update(Conversation)
                .where(Conversation.id == youngest)
                .values(last_turn_at=func.now() - timedelta(days=days))
            )
    _purge(database)
    with database.transaction() as session:
        assert session.scalars(select(Turn.question)).all() == ["new"]


@pytest.mark.parametrize(("days", "left"), [(8, 0), (6, 1)])
def test_sent_replies(database: Database, anna: Person, days: int, left: int) -> None:
    with database.transaction() as session:
        add_replies(session, anna.address, [Draft(Content(text="hello"))])
        session.execute(
            update(Reply).values(created_at=func.now() - timedelta(days=days), state="sent")
        )
    _purge(database)
    with database.transaction() as session:
        assert len(session.scalars(select(Reply.id)).all()) == left


@pytest.mark.parametrize(("days", "left"), [(366, 0), (364, 2)])
def test_the_history_of_a_list(database: Database, anna: Person, days: int, left: int) -> None:
    list_id = family(database, anna)
    remember(database, anna.user_id, list_id, "Rex")
    with database.transaction() as session:
        session.execute(update(Change).values(at=func.now() - timedelta(days=days)))
    _purge(database)
    with database.transaction() as session:
        assert len(session.scalars(select(Change.id)).all()) == left
        assert session.scalars(select(Concept.name)).all() == ["Rex"]


@pytest.mark.parametrize(("days", "left"), [(31, 0), (29, 1)])
def test_the_list_of_a_group_that_the_bot_was_taken_out_of(
    database: Database, days: int, left: int
) -> None:
    with database.transaction() as session:
        gone = func.now() - timedelta(days=days)
        group = ConceptList(kind="group", channel="telegram", chat_id=-5, abandoned_at=gone)
        session.add(group)
    _purge(database)
    with database.transaction() as session:
        assert len(session.scalars(select(ConceptList.id)).all()) == left


def test_received_messages(database: Database) -> None:
    def message(number: int) -> dict[str, object]:
        return {"update_id": number, "message": {"chat": {"id": 1}}}

    inbox.store(database, "telegram", [message(1), message(2), message(3)])
    ages = {1: (4, "handled"), 2: (2, "handled"), 3: (4, "pending")}
    with database.transaction() as session:
        for number, (days, state) in ages.items():
            session.execute(
                update(InboxUpdate)
                .where(InboxUpdate.update_id == number)
                .values(received_at=func.now() - timedelta(days=days), state=state)
            )
    Tidying(database, keep_inbox_days=3, keep_history_days=365).tidy()
    with database.transaction() as session:
        left = session.scalars(select(InboxUpdate.update_id).order_by(InboxUpdate.update_id))
        assert left.all() == [2, 3]
