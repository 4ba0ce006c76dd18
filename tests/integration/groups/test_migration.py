"""A group becomes a supergroup, which is another chat with other ids of messages."""

import pytest
from sqlalchemy import select, update

from bot.handlers.tables import Dialogue
from rap_engine.memory import Concept, Conversation, Database
from tests.integration.bot.chats import Front
from tests.integration.groups.people import (
    CHAT,
    SUPERGROUP,
    Companion,
    bot_is_now,
    groups,
    members,
    service,
)
from tests.standin import StandInWorker
from workers.jobs.tables import Job, Reply

pytestmark = pytest.mark.integration


def _names(database: Database) -> list[str]:
    with database.transaction() as session:
        query = select(Concept.name).where(Concept.forgotten_at.is_(None)).order_by(Concept.id)
        return list(session.scalars(query))


ORDERS = pytest.mark.parametrize("order", ["on", "no", "onno", "o", "n"])
"""Which chat is told of its migration, the old one or the new one."""


def _migrate(front: Front, order: str) -> None:
    for told in order:
        if told == "o":
            service(front, CHAT, migrate_to_chat_id=SUPERGROUP)
        else:
            service(front, SUPERGROUP, migrate_from_chat_id=CHAT)


@pytest.mark.usefixtures("biscuit")
class TestMigration:
    """A group becomes a supergroup, which is another chat: both are told, in any order."""

    @ORDERS
    def test_the_list_goes_along(
        self, database: Database, front: Front, anna: Companion, order: str
    ) -> None:
        (before,) = groups(database)
        _migrate(front, order)
        (group,) = groups(database)
        assert (group.id, group.chat_id) == (before.id, SUPERGROUP)
        later = Companion(front, number=anna.number, chat_number=SUPERGROUP)
        later.says("/list")
        assert "Biscuit" in later.is_told()[-1]

    @ORDERS
    def test_a_list_that_the_new_chat_has_already_is_taken_in(
        self,
        database: Database,
        front: Front,
        bert: Companion,
        worker: StandInWorker,
        corgi: bytes,
        order: str,
    ) -> None:
        (before,) = groups(database)
        early = Companion(front, number=bert.number, chat_number=SUPERGROUP)
        for name in ("Biscuit: a cat", "Luna"):
            early.sends(corgi, f"/remember {name}")
        worker.work()
        early.says("/ask who is Luna?")
        _migrate(front, order)
        (group,) = groups(database)
        assert group.id == before.id
        assert members(database) == {"41", "42"}
        first, second, third = _names(database)
        assert (first, third) == ("Biscuit", "Luna")
        assert second.startswith("Biscuit (")
        assert {job.list_id for job in front.jobs()} == {group.id}
        early.says("/list")
        assert "a cat" in early.is_told()[-1]

    def test_a_command_of_the_old_chat_that_comes_late_makes_no_second_list(
        self, database: Database, front: Front, anna: Companion
    ) -> None:
        _migrate(front, "n")
        anna.says("/list")
        assert len(groups(database)) == 2
        _migrate(front, "o")
        (group,) = groups(database)
        assert (group.chat_id, _names(database)) == (SUPERGROUP, ["Biscuit"])

    def test_the_news_that_the_bot_left_the_old_chat_does_no_harm(
        self, database: Database, front: Front
    ) -> None:
        bot_is_now(front, "left", was="member")
        _migrate(front, "on")
        bot_is_now(front, "left", was="member")
        assert groups(database)[0].abandoned_at is None

    def test_what_is_under_way_goes_on_in_the_new_chat(
        self, database: Database, front: Front, anna: Companion, bert: Companion, corgi: bytes
    ) -> None:
        anna.sends(corgi, "/ask who is this?")
        bert.says("/remember Luna")
        with database.transaction() as session:
            session.execute(update(Reply).values(state="sent").where(Reply.job_id.is_not(None)))
            session.execute(update(Job).values(state="done").where(Job.kind == "answer"))
            session.add(
                Conversation(user_id=front.jobs()[0].user_id, channel="telegram", chat_id=CHAT)
            )
        _migrate(front, "on")
        with database.transaction() as session:
            waiting = select(Reply.chat_id, Reply.message_id).where(Reply.state == "pending")
            assert set(session.execute(waiting)) == {(SUPERGROUP, None)}
            sent = select(Reply.chat_id).where(Reply.state == "sent")
            assert set(session.scalars(sent)) == {CHAT}
            assert set(session.scalars(select(Job.chat_id))) == {SUPERGROUP}
            assert set(session.scalars(select(Dialogue.chat_id))) == {SUPERGROUP}
            assert set(session.scalars(select(Conversation.chat_id))) == {SUPERGROUP}

    def test_a_dialogue_that_was_begun_anew_is_the_one_that_goes_on(
        self, database: Database, front: Front, bert: Companion
    ) -> None:
        bert.says("/remember Luna")
        early = Companion(front, number=bert.number, chat_number=SUPERGROUP)
        early.says("/remember Rex")
        _migrate(front, "on")
        with database.transaction() as session:
            names = {state["name"] for state in session.scalars(select(Dialogue.state))}
        assert names == {"Biscuit", "Rex"}
