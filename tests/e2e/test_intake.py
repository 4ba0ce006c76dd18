"""No update is lost, none is handled twice, and none is taken from anybody but Telegram."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import func, select

from bot.intake.tables import InboxUpdate
from rap_engine.memory import Database, conninfo
from tests.e2e.programs import Program
from tests.telegram import LIBRARY_WARNING, FakeTelegram, Person

pytestmark = [pytest.mark.e2e, LIBRARY_WARNING]

SECRET = "only-telegram-knows_this"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def inbox_is_locked(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection that can keep the bot from committing updates."""
    with psycopg.connect(conninfo(database_url)) as connection:
        yield connection


@pytest.fixture
def webhook_port(environment: dict[str, str]) -> int:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment["RAPBOT_WEBHOOK_URL"] = f"http://127.0.0.1:{port}"
    environment["RAPBOT_WEBHOOK_PORT"] = str(port)
    environment["RAPBOT_WEBHOOK_SECRET"] = SECRET
    return port


def _handled(database: Database) -> int:
    with database.transaction() as session:
        return session.scalars(select(func.count()).where(InboxUpdate.state == "handled")).one()


def _post(port: int, path: str, body: object, secret: str | None) -> int:
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers[SECRET_HEADER] = secret
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("POST", path, json.dumps(body), headers)
        return connection.getresponse().status


def _webhook_path(telegram: FakeTelegram) -> str:
    call = telegram.wait_for(lambda: telegram.calls("setWebhook"), "setWebhook")[0]
    return "/" + str(call.fields["url"]).rpartition("/")[2]


def test_an_update_is_confirmed_only_after_its_commit(
    bot: Program,
    telegram: FakeTelegram,
    anna: Person,
    database: Database,
    inbox_is_locked: psycopg.Connection,
) -> None:
    bot.start()
    telegram.wait_for(lambda: telegram.calls("getUpdates"), "the first poll")
    with inbox_is_locked.transaction():
        inbox_is_locked.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        update_id = anna.says("/start")
        telegram.wait_for(telegram.updates_handed_out, "a poll with the update")
        bot.kill()
    assert all("offset" not in poll.fields for poll in telegram.calls("getUpdates"))
    bot.start()
    anna.hears("Hello!")
    telegram.wait_for(
        lambda: any(
            poll.fields.get("offset") == str(update_id + 1) for poll in telegram.calls("getUpdates")
        ),
        "the confirmation",
    )
    assert len(anna.replies()) == 1


def test_a_batch_is_handled_once_after_a_power_cut(
    bot: Program, telegram: FakeTelegram, anna: Person, database: Database
) -> None:
    """Committed but not confirmed: Telegram sends it again, and nothing happens."""
    bot.start()
    anna.says("/start")
    anna.hears("Hello!")
    assert bot.stop() == 0
    telegram.forget_confirmations()
    bot.start()
    anna.says("/help")
    anna.hears("/remember NAME")
    assert _handled(database) == 2
    assert len(anna.replies()) == 2


def test_the_webhook_serves_telegram(
    bot: Program, telegram: FakeTelegram, anna: Person, webhook_port: int
) -> None:
    bot.start()
    path = _webhook_path(telegram)
    assert len(path) > 32
    assert SECRET not in path
    anna.says("/start")
    anna.hears("Hello!")


def test_the_webhook_takes_the_same_update_once(
    bot: Program, telegram: FakeTelegram, anna: Person, database: Database, webhook_port: int
) -> None:
    bot.start()
    path = _webhook_path(telegram)
    update = {"update_id": 77, "message": anna.message(text="/start")}
    assert [_post(webhook_port, path, update, SECRET) for _ in range(3)] == [200, 200, 200]
    anna.hears("Hello!")
    last = {"update_id": 78, "message": anna.message(text="/help")}
    assert _post(webhook_port, path, last, SECRET) == 200
    anna.hears("/remember NAME")
    assert _handled(database) == 2


def test_the_webhook_refuses_everybody_else(
    bot: Program, telegram: FakeTelegram, anna: Person, database: Database, webhook_port: int
) -> None:
    bot.start()
    path = _webhook_path(telegram)
    update = {"update_id": 79, "message": anna.message(text="/start")}
    assert _post(webhook_port, path, update, None) == 401
    assert _post(webhook_port, path, update, "wrong") == 401
    assert _post(webhook_port, "/", update, SECRET) == 404
    assert _post(webhook_port, path, {"padding": "x" * 2_000_000}, SECRET) == 413
    assert _post(webhook_port, path, ["no", "update"], SECRET) == 400
    with database.transaction() as session:
        assert session.scalars(select(InboxUpdate.update_id)).all() == []
    assert bot.stop() == 0
    assert "refused=2" in bot.log
    assert SECRET not in bot.log


def test_a_refused_token_ends_the_bot_with_a_sentence(
    bot: Program, telegram: FakeTelegram, environment: dict[str, str]
) -> None:
    environment["RAPBOT_TELEGRAM_TOKEN"] = "7:unknown-token"
    bot.start()
    assert bot.process is not None
    assert bot.process.wait(30) != 0
    assert "Telegram refused the bot's token" in bot.log
    assert "unknown-token" not in bot.log
