"""What nobody is to blame for costs no update an attempt; what fails harms nobody else."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from bot.dispatch import dispatcher
from bot.dispatch.dispatcher import MOST_ATTEMPTS
from bot.errors import NotNow
from bot.intake import inbox
from bot.intake.tables import InboxUpdate
from rap_engine.memory import Database, User
from rap_engine.memory.people import ensure_user
from tests.integration.bot.chats import CHANNEL, FakeFiles, Friend, Front
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Reply
from workers.jobs.values import Address, Content, Draft

pytestmark = pytest.mark.integration


@dataclass
class AwayFiles(FakeFiles):
    """Raises what it is given, again and again."""

    error: Exception = field(default_factory=lambda: NotNow("flood limit", 40.0))

    def download(self, file_id: str) -> bytes:
        raise self.error


def _row(database: Database) -> InboxUpdate:
    with database.transaction() as session:
        return session.scalars(
            select(InboxUpdate).order_by(InboxUpdate.update_id.desc()).limit(1)
        ).one()


def _make_due(database: Database, **more: object) -> None:
    with database.transaction() as session:
        session.execute(update(InboxUpdate).values(not_before=func.now(), **more))


def _people(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.scalars(select(User.external_id)))


def _fail_for_good(front: Front, database: Database) -> None:
    for _ in range(MOST_ATTEMPTS):
        front.work()
        _make_due(database)


def test_a_photo_waits_for_as_long_as_telegram_says_and_loses_no_attempt(
    front: Front, friend: Friend, database: Database, corgi: bytes
) -> None:
    working, front.files = front.files, AwayFiles()
    friend.sends(corgi, "/remember Biscuit")
    for _ in range(MOST_ATTEMPTS + 1):
        with database.transaction() as session:
            wait_s = session.scalar(
                select(func.extract("epoch", InboxUpdate.not_before - func.now()))
            )
        assert wait_s is not None
        assert 30 < wait_s <= 40
        assert (_row(database).state, _row(database).attempts) == ("pending", 0)
        _make_due(database)
        front.work()
    front.files = working
    working.contents.update({f"file-{n}": corgi for n in range(10)})
    _make_due(database)
    front.work()
    assert len(front.jobs()) == 1


def test_a_photo_that_cannot_be_had_for_a_day_is_given_up(
    front: Front, friend: Friend, database: Database, corgi: bytes
) -> None:
    front.files = AwayFiles(error=NotNow("away"))
    friend.sends(corgi, "/remember Biscuit")
    _make_due(database, received_at=func.now() - timedelta(hours=25))
    _fail_for_good(front, database)
    assert _row(database).state == "failed"


def test_somebody_elses_lock_costs_no_attempt(
    front: Front, friend: Friend, database: Database
) -> None:
    friend.says("/start")
    impatient = Database(database.url, lock_wait_s=0.1)
    front.database = impatient
    inbox.store(database, CHANNEL, [{"update_id": 99, "message": friend.message(text="/forget x")}])
    with database.transaction() as session:
        session.execute(text("LOCK TABLE concepts"))
        front.work()
    impatient.close()
    assert (_row(database).state, _row(database).attempts) == ("pending", 0)


def test_an_apology_that_cannot_be_given_ends_neither_the_bot_nor_the_end_of_the_update(
    front: Front, friend: Friend, database: Database, corgi: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no words")

    front.files = AwayFiles(error=RuntimeError("broken"))
    monkeypatch.setattr(dispatcher, "bid_farewell", fail)
    friend.sends(corgi, "/remember Biscuit")
    _make_due(database)
    _fail_for_good(front, database)
    assert _row(database).state == "failed"


def test_an_apology_makes_no_row_about_a_stranger_and_brings_nobody_back(
    front: Front, friend: Friend, database: Database, corgi: bytes
) -> None:
    front.files = AwayFiles(error=RuntimeError("broken"))
    friend.sends(corgi, "/remember Biscuit")
    _make_due(database)
    _fail_for_good(front, database)
    assert friend.is_told() == ["Sorry, something went wrong on my side. Please try again."]
    assert _people(database) == []


@pytest.mark.parametrize(("chat", "notice"), [(None, "button_gone"), (-5, "group_tap")])
def test_a_tap_of_somebody_unknown_makes_nobody_of_them(
    front: Front, database: Database, chat: int | None, notice: str
) -> None:
    tapper = Friend(front, chat_type="private" if chat is None else "group", chat_number=chat)
    tapper.taps("erase_mine:0")
    (reply,) = front.replies()
    assert reply.content == {"notice": notice, "callback_id": "tap", "is_farewell": True}
    assert reply.user_id is None
    assert _people(database) == []


def test_who_is_invited_may_begin_with_a_tap(front: Front, friend: Friend) -> None:
    friend.taps("join:sometoken")
    (reply,) = front.replies()
    assert reply.content["notice"] != "button_gone"


def test_a_chat_that_does_not_take_its_replies_gets_no_more_of_them(
    front: Front, friend: Friend, stranger: Friend, database: Database
) -> None:
    with database.transaction() as session:
        user_id = ensure_user(session, "telegram", str(friend.number))
        address = Address(user_id, "telegram", friend.number)
        add_replies(session, address, [Draft(Content(text="hello"))] * 50)
    friend.says("/help")
    stranger.says("/help")
    assert (len(friend.is_told()), len(stranger.is_told())) == (50, 1)
    with database.transaction() as session:
        oldest = select(func.min(Reply.id)).scalar_subquery()
        session.execute(update(Reply).where(Reply.id == oldest).values(state="sent"))
    _make_due(database)
    front.work()
    assert len(friend.is_told()) == 1
