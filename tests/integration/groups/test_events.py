"""What happens to groups: the bot comes and goes, people leave, the chat becomes another one."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from rap_engine.memory import Concept, ConceptList, Database
from rap_engine.memory.groups import ensure_group, purge_groups
from rap_engine.surroundings import read_surroundings
from tests.integration.bot.chats import Front
from tests.integration.groups.people import (
    CHAT,
    Companion,
    bot_is_now,
    groups,
    members,
    service,
)
from workers.jobs.queue import take
from workers.jobs.tables import Job
from workers.jobs.uploads import earlier_photo
from workers.jobs.values import Address

pytestmark = pytest.mark.integration
MONTH = timedelta(days=30)


def _names(database: Database) -> list[str]:
    with database.transaction() as session:
        query = select(Concept.name).where(Concept.forgotten_at.is_(None)).order_by(Concept.id)
        return list(session.scalars(query))


class TestPeople:
    @pytest.mark.usefixtures("biscuit")
    @pytest.mark.parametrize("way", ["service", "update"])
    def test_whoever_leaves_is_no_member_any_more(
        self, database: Database, front: Front, anna: Companion, bert: Companion, way: str
    ) -> None:
        bert.says("/list")
        assert members(database) == {"41", "42"}
        if way == "service":
            service(front, left_chat_member=bert.user)
        else:
            gone = {"user": bert.user, "status": "left"}
            change = {"old_chat_member": {**gone, "status": "member"}, "new_chat_member": gone}
            head = {"chat": anna.chat, "from": bert.user, "date": 1}
            front.deliver({"chat_member": {**head, **change}})
        assert members(database) == {"41"}
        assert _names(database) == ["Biscuit"]

    @pytest.mark.usefixtures("biscuit")
    def test_whoever_left_gets_nothing_from_a_button(
        self, database: Database, front: Front, anna: Companion, bert: Companion
    ) -> None:
        bert.says("/forget Biscuit")
        button = bert.buttons()["undo"]
        service(front, left_chat_member=bert.user)
        bert.taps(button)
        assert bert.is_told()[-1].startswith("I have not met you in this group yet.")
        assert _names(database) == []

    @pytest.mark.usefixtures("biscuit")
    def test_a_job_of_who_left_sees_nothing_of_the_group(
        self, database: Database, front: Front, bert: Companion
    ) -> None:
        bert.says("/ask who is Biscuit?")
        service(front, left_chat_member=bert.user)
        with database.transaction() as session:
            lease = take(session, front.publisher, front.jobs()[-1].id, 20.0)
        assert lease is not None
        with database.transaction() as session:
            assert read_surroundings(session, lease.address.chat).concepts == {}

    def test_who_left_without_ever_writing_changes_nothing(
        self, database: Database, front: Front, bert: Companion
    ) -> None:
        service(front, left_chat_member=bert.user)
        assert groups(database) == []


class TestTheBot:
    def test_it_says_hello_when_it_comes(
        self, database: Database, front: Front, anna: Companion
    ) -> None:
        bot_is_now(front, "member", was="left")
        (told,) = anna.is_told()
        assert "I look at commands and at replies to me, and at nothing else" in told
        assert groups(database) == []
        assert front.replies()[-1].user_id is None

    @pytest.mark.usefixtures("biscuit")
    def test_a_list_is_erased_a_month_after_the_bot_went(
        self, database: Database, front: Front
    ) -> None:
        bot_is_now(front, "kicked", was="member")
        with database.transaction() as session:
            purge_groups(session, MONTH)
        assert len(groups(database)) == 1
        with database.transaction() as session:
            session.execute(update(ConceptList).values(abandoned_at=func.now() - 2 * MONTH))
            purge_groups(session, MONTH)
        assert groups(database) == []
        assert _names(database) == []

    @pytest.mark.usefixtures("biscuit")
    def test_a_second_word_of_its_going_does_not_begin_the_month_anew(
        self, database: Database, front: Front
    ) -> None:
        bot_is_now(front, "left", was="member")
        before = groups(database)[0].abandoned_at
        bot_is_now(front, "kicked", was="left")
        assert before is not None
        assert groups(database)[0].abandoned_at == before

    @pytest.mark.usefixtures("biscuit")
    @pytest.mark.parametrize("word", ["it is told", "somebody writes"])
    def test_a_list_is_kept_where_the_bot_is_back(
        self, database: Database, front: Front, anna: Companion, word: str
    ) -> None:
        bot_is_now(front, "left", was="member")
        if word == "it is told":
            bot_is_now(front, "member", was="left")
        else:
            anna.says("/list")
        assert groups(database)[0].abandoned_at is None

    @pytest.mark.usefixtures("biscuit")
    def test_only_groups_are_erased_so(self, database: Database) -> None:
        with database.transaction() as session:
            session.execute(
                update(ConceptList)
                .where(ConceptList.kind != "group")
                .values(abandoned_at=func.now() - 2 * MONTH)
            )
            purge_groups(session, MONTH)
        assert len(groups(database)) == 1
        with database.transaction() as session:
            assert session.scalar(select(func.count()).select_from(ConceptList)) == 2


def test_a_new_title_is_followed(database: Database, front: Front, anna: Companion) -> None:
    service(front, new_chat_title="Runners")
    assert groups(database) == []
    anna.says("/list")
    service(front, new_chat_title="Runners")
    assert [group.title for group in groups(database)] == ["Runners"]


@pytest.mark.usefixtures("biscuit")
def test_the_photo_that_any_member_asked_about_last_goes_on_being_meant(
    database: Database, front: Front, anna: Companion, bert: Companion, corgi: bytes
) -> None:
    anna.sends(corgi, "/ask who is this?")
    bert.says("/ask where is Biscuit?")
    with database.transaction() as session:
        session.execute(update(Job).values(state="done"))
    job = front.jobs()[-1]
    in_group = Address(job.user_id, job.channel, job.chat_id, None, job.list_id)
    with database.transaction() as session:
        assert earlier_photo(session, in_group) == corgi
        assert earlier_photo(session, Address(job.user_id, job.channel, job.user_id)) is None


def test_two_updates_at_once_make_one_list(database: Database, front: Front) -> None:
    with database.transaction() as one, database.transaction() as other:
        first = ensure_group(one, "telegram", CHAT, "Walkers")
        with pytest.raises(OperationalError, match="lock timeout"):
            other.execute(text("SET LOCAL lock_timeout = 100"))
            ensure_group(other, "telegram", CHAT, "Walkers")
        other.rollback()
        one.commit()
    with database.transaction() as session:
        assert ensure_group(session, "telegram", CHAT, "Walkers") == first
