"""The bot as a process that serves a webhook: what comes is answered, kept and never doubled."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier
from sqlalchemy import select

from bot.intake.tables import InboxUpdate
from rap_engine.memory import Database, conninfo
from tests.e2e.programs import Program
from tests.telegram import LIBRARY_WARNING, FakeTelegram, Person

pytestmark = [pytest.mark.e2e, LIBRARY_WARNING]

SECRET = "only-telegram-knows_this"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"

Post = Callable[..., int]


@pytest.fixture
def port(environment: dict[str, str]) -> int:
    """A free port, which the bot is told to serve its webhook on."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environment["RAPBOT_WEBHOOK_URL"] = f"http://127.0.0.1:{port}"
    environment["RAPBOT_WEBHOOK_PORT"] = str(port)
    environment["RAPBOT_WEBHOOK_SECRET"] = SECRET
    return port


@pytest.fixture
def post(bot: Program, telegram: FakeTelegram, port: int) -> Post:
    """Posts an update to the bot, which is running then."""
    bot.start()
    call = telegram.wait_for(lambda: telegram.calls("setWebhook"), "setWebhook")[0]
    path = "/" + str(call.fields["url"]).rpartition("/")[2]

    def _post(update: object, secret: str | None = SECRET) -> int:
        headers = {"Content-Type": "application/json"}
        if secret is not None:
            headers[SECRET_HEADER] = secret
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
            line.request("POST", path, json.dumps(update), headers)
            return line.getresponse().status

    return _post


@contextmanager
def _away(database_url: str) -> Iterator[None]:
    """Let nobody connect to the database, and end the connections that there are."""
    with psycopg.connect(conninfo(database_url), dbname="postgres", autocommit=True) as beside:
        name = str(conninfo_to_dict(conninfo(database_url))["dbname"])
        database = Identifier(name)
        beside.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database))
        try:
            beside.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (name,),
            )
            yield
        finally:
            beside.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))


def test_telegram_is_told_how_to_deliver(post: Post, telegram: FakeTelegram) -> None:
    fields = telegram.calls("setWebhook")[0].fields
    assert fields["secret_token"] == SECRET
    assert SECRET not in fields["url"]
    assert 1 <= int(fields["max_connections"]) <= 40
    assert str(fields.get("drop_pending_updates", "false")).lower() == "false"
    kinds = json.loads(fields["allowed_updates"])
    assert {"message", "callback_query", "my_chat_member", "chat_member"} == set(kinds)


def test_an_update_with_the_secret_is_answered_and_others_are_not_taken(
    post: Post, anna: Person, bert: Person, database: Database, bot: Program
) -> None:
    assert post({"update_id": 1, "message": bert.message(text="/start")}, "wrong") == 401
    assert post({"update_id": 2, "message": bert.message(text="/start")}, None) == 401
    assert post({"update_id": 3, "message": anna.message(text="/start")}) == 200
    anna.hears("Hello!")
    with database.transaction() as session:
        assert session.scalars(select(InboxUpdate.update_id)).all() == [3]
    assert bert.replies() == []
    assert bot.stop() == 0
    assert "refused=2" in bot.log
    assert SECRET not in bot.log


def test_what_came_before_a_power_cut_is_answered_after_it(
    post: Post, bot: Program, anna: Person, telegram: FakeTelegram, database_url: str
) -> None:
    with psycopg.connect(conninfo(database_url)) as connection:
        # Updates are stored but not handled as long as nobody gets to the people's table.
        connection.execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE")
        for number in (1, 2):
            update = {"update_id": number, "message": anna.message(text="/start")}
            assert post(update) == 200
        bot.kill()
    assert anna.replies() == []
    bot.start()
    anna.hears("Hello!")
    anna.hears("Hello!")
    assert bot.stop() == 0
    assert len(anna.replies()) == 2


def test_the_webhook_outlives_the_bot_and_what_comes_meanwhile_is_answered(
    post: Post, bot: Program, anna: Person, telegram: FakeTelegram
) -> None:
    anna.says("/start")
    anna.hears("Hello!")
    assert bot.stop() == 0
    assert telegram.calls("deleteWebhook") == []
    anna.says("/help")
    bot.start()
    anna.hears("/remember NAME")
    assert len(anna.replies()) == 2


def test_a_database_that_is_away_makes_telegram_come_again(
    post: Post, bot: Program, anna: Person, telegram: FakeTelegram, database_url: str
) -> None:
    update = {"update_id": 5, "message": anna.message(text="/start")}
    with _away(database_url):
        assert post(update) == 503
    assert post(update) == 200
    anna.hears("Hello!")
    assert len(anna.replies()) == 1
    assert bot.process is not None
    assert bot.process.poll() is None
