"""From the outbox to a Bot API on loopback that throttles chats, moves them and loses them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.bridge import Bridge
from bot.client import make_client
from bot.sender.pace import Pace
from bot.sender.sender import Sender
from bot.sender.telegram_courier import TelegramCourier
from config import Settings
from rap_engine.memory import Database
from rap_engine.memory.people import ensure_user
from tests.telegram import DEADLINE_S, LIBRARY_WARNING, TOKEN, FakeTelegram, fake_telegram
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Reply
from workers.jobs.values import Address, Content, Draft

pytestmark = [pytest.mark.integration, LIBRARY_WARNING]

ANNA, BERT = 41, 42
Say = Callable[..., None]


@dataclass
class Time:
    """The limiter's clock and the outbox's times, which pass when a test says so."""

    database: Database
    now: float = 0.0

    def passes(self, seconds: float) -> None:
        self.now += seconds
        earlier = Reply.not_before - timedelta(seconds=seconds)
        with self.database.transaction() as session:
            session.execute(update(Reply).values(not_before=earlier))


@pytest.fixture
def time(database: Database) -> Time:
    return Time(database)


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with fake_telegram() as telegram:
        yield telegram


@pytest.fixture
def sender(
    telegram: FakeTelegram, database: Database, time: Time, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sender]:
    monkeypatch.setattr("bot.client.Pace", lambda: Pace(clock=lambda: time.now))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    bridge = Bridge(loop)
    settings = Settings(_env_file=None, telegram_token=TOKEN, telegram_base_url=telegram.base_url)
    client = make_client(settings)
    bridge.call(client.initialize(), DEADLINE_S)
    yield Sender(database, TelegramCourier(client, bridge), "telegram")
    bridge.call(client.shutdown(), DEADLINE_S)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def say(database: Database) -> Say:
    with database.transaction() as session:
        user_id = ensure_user(session, "telegram", "41")

    def _say(*texts: str, chat_id: int = ANNA) -> None:
        drafts = [Draft(Content(text=text)) for text in texts]
        with database.transaction() as session:
            add_replies(session, Address(user_id, "telegram", chat_id), drafts)

    return _say


def _send_all(sender: Sender) -> None:
    while sender.send_next():
        pass


def _shown(telegram: FakeTelegram, chat_id: int) -> list[str]:
    calls = telegram.calls("sendMessage")
    return [call.text for call in calls if str(call.fields["chat_id"]) == str(chat_id)]


def _wait_s(database: Database, chat_id: int) -> float:
    """Return in how many seconds the first reply of a chat that waits may go out."""
    query = (
        select(func.extract("epoch", Reply.not_before - func.now()))
        .where(Reply.chat_id == chat_id, Reply.state == "pending")
        .order_by(Reply.id)
        .limit(1)
    )
    with database.transaction() as session:
        return float(session.scalars(query).one())


def test_a_throttled_chat_waits_in_order_while_another_is_served(
    telegram: FakeTelegram, sender: Sender, say: Say, database: Database
) -> None:
    telegram.refuse(
        "sendMessage", "Too Many Requests: retry after 600", 429, chat_id=ANNA, retry_after=600
    )
    say("one", "two")
    say("eins", "zwei", chat_id=BERT)
    _send_all(sender)
    assert _shown(telegram, BERT) == ["eins", "zwei"]
    assert _shown(telegram, ANNA) == []
    assert (
        len([call for call in telegram.asked("sendMessage") if call["chat_id"] == str(ANNA)]) == 1
    )
    assert 590 < _wait_s(database, ANNA) <= 600


def test_a_burst_waits_in_the_outbox_and_not_in_a_lane(
    telegram: FakeTelegram, sender: Sender, say: Say, database: Database
) -> None:
    say(*"abcdefghij")
    say("to somebody else", chat_id=BERT)
    _send_all(sender)
    sent = _shown(telegram, ANNA)
    assert sent == list("abcdefghij")[: len(sent)]
    assert 3 <= len(sent) < 10
    assert _shown(telegram, BERT) == ["to somebody else"]
    assert 0 < _wait_s(database, ANNA) <= 3


def test_after_the_wait_everything_arrives_once_and_in_order(
    telegram: FakeTelegram, sender: Sender, say: Say, time: Time
) -> None:
    for wait_s in (40, 20):
        text = f"Too Many Requests: retry after {wait_s}"
        telegram.refuse("sendMessage", text, 429, chat_id=ANNA, retry_after=wait_s)
    say("one", "two", "three")
    for seconds, asked in ((0, 1), (39, 1), (1, 2), (19, 2), (1, 5), (60, 5)):
        time.passes(seconds)
        _send_all(sender)
        assert len(telegram.asked("sendMessage")) == asked
    assert _shown(telegram, ANNA) == ["one", "two", "three"]


def test_a_group_that_became_a_supergroup_gets_its_replies_there(
    telegram: FakeTelegram, sender: Sender, say: Say, database: Database
) -> None:
    telegram.refuse(
        "sendMessage",
        "Bad Request: group chat was upgraded to a supergroup chat",
        chat_id=-5,
        migrate_to_chat_id=-1005,
    )
    say("one", "two", chat_id=-5)
    _send_all(sender)
    assert _shown(telegram, -1005) == ["one", "two"]
    assert _shown(telegram, -5) == []


def test_who_blocked_the_bot_holds_nothing_up(
    telegram: FakeTelegram, sender: Sender, say: Say, database: Database
) -> None:
    for _ in range(2):
        telegram.refuse("sendMessage", "Forbidden: bot was blocked by the user", 403, chat_id=ANNA)
    say("one", "two")
    say("eins", chat_id=BERT)
    _send_all(sender)
    assert _shown(telegram, BERT) == ["eins"]
    with database.transaction() as session:
        states = list(session.scalars(select(Reply.state).order_by(Reply.id)))
    assert states == ["failed", "failed", "sent"]
    assert not sender.send_next()
