"""The webhook's server over HTTP: Telegram's updates are committed, all else is turned away."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select
from structlog.testing import capture_logs

from bot.client import make_client
from bot.dispatch.dispatcher import Dispatcher
from bot.intake import listening
from bot.intake.listening import Listener
from bot.intake.polling import ALLOWED_UPDATES
from bot.intake.tables import InboxUpdate
from bot.intake.webhook import Endpoint, Webhook
from config import Settings
from rap_engine.memory import Database
from tests.integration.bot.chats import Front

pytestmark = pytest.mark.integration

SECRET = "only-telegram-knows_this"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
DEADLINE_S = 20.0
UPDATE = {
    "update_id": 7,
    "message": {"message_id": 1, "date": 1, "chat": {"id": 41, "type": "private"}},
}


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Served:
    """A webhook that listens on loopback."""

    webhook: Webhook
    port: int
    log: list[Any] = field(default_factory=list)

    @property
    def path(self) -> str:
        return self.webhook.endpoint.path

    def ask(
        self,
        method: str = "POST",
        path: str | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        secret: str | None = SECRET,
    ) -> Answered:
        sent = {"Content-Type": "application/json", **(headers or {})}
        if secret is not None:
            sent[SECRET_HEADER] = secret
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, DEADLINE_S)) as line:
            line.request(method, path or self.path, body, sent)
            answer = line.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answered(answer.status, names, answer.read())

    def post(self, update: object, **more: Any) -> int:
        return self.ask(body=json.dumps(update), **more).status

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), DEADLINE_S)

    def head(self, *lines: str) -> bytes:
        head = [f"POST {self.path} HTTP/1.1", "Host: x", f"{SECRET_HEADER}: {SECRET}", *lines]
        return "\r\n".join([*head, "", ""]).encode()


@contextmanager
def _serving(database: Database) -> Iterator[Served]:
    settings = Settings(
        _env_file=None,
        telegram_token="7:token",
        webhook_url="https://bot.example.org",
        webhook_secret=SECRET,
    )
    webhook = Webhook(make_client(settings), database, Endpoint.of(settings), "127.0.0.1", 0)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> web.ServerRunner:
        runner = web.ServerRunner(Listener(webhook.answer, webhook.tally), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner

    runner = asyncio.run_coroutine_threadsafe(start(), loop).result(DEADLINE_S)
    try:
        with capture_logs() as log:
            yield Served(webhook, runner.addresses[0][1], log)
    finally:
        asyncio.run_coroutine_threadsafe(_end(runner), loop).result(DEADLINE_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(runner: web.ServerRunner) -> None:
    await runner.cleanup()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


@pytest.fixture
def served(database: Database) -> Iterator[Served]:
    with _serving(database) as served:
        yield served


@pytest.fixture
def nothing_is_stored(database: Database) -> Iterator[None]:
    yield
    assert _stored(database) == []


def _stored(database: Database) -> list[int]:
    with database.transaction() as session:
        return list(session.scalars(select(InboxUpdate.update_id).order_by(InboxUpdate.update_id)))


def test_an_update_is_there_once_it_is_answered(served: Served, database: Database) -> None:
    answer = served.ask(body=json.dumps(UPDATE))
    assert (answer.status, answer.body) == (200, b"")
    assert _stored(database) == [7]


def test_a_repeated_update_is_stored_once(served: Served, database: Database) -> None:
    assert [served.post(UPDATE) for _ in range(3)] == [200, 200, 200]
    assert _stored(database) == [7]


def test_an_update_without_a_length_is_taken(served: Served, database: Database) -> None:
    body = json.dumps(UPDATE).encode()
    answer = served.ask(body=iter([body[:9], body[9:]]))
    assert answer.status == 200
    assert _stored(database) == [7]


@pytest.mark.parametrize("kind", ["text/plain", "application/json; charset=no-such-thing"])
def test_the_content_type_is_not_what_makes_an_update(served: Served, kind: str) -> None:
    assert served.post(UPDATE, headers={"Content-Type": kind}) == 200


@pytest.mark.parametrize("prefix", ["/bots/one", ""])
def test_a_proxy_may_pass_a_path_of_its_own_on(served: Served, prefix: str) -> None:
    assert served.post(UPDATE, path=prefix + served.path) == 200


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "\xff\xfe"])
def test_who_does_not_know_the_secret_is_refused(served: Served, secret: str | None) -> None:
    answer = served.ask(body=json.dumps(UPDATE), secret=secret)
    assert (answer.status, answer.body) == (401, b"")


@pytest.mark.usefixtures("nothing_is_stored")
def test_a_body_without_the_secret_is_not_read(served: Served) -> None:
    with closing(served.connect()) as line:
        line.sendall(
            f"POST {served.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode()
        )
        assert line.recv(100).startswith(b"HTTP/1.1 401 ")


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", None),
        ("PUT", None),
        ("DELETE", None),
        ("OPTIONS", None),
        ("POST", "/"),
        ("POST", "/healthz"),
        ("POST", "/../etc/passwd"),
        ("POST", "/%ff%fe"),
        ("GET", "/favicon.ico"),
    ],
)
def test_elsewhere_there_is_nothing(served: Served, method: str, path: str | None) -> None:
    answer = served.ask(method, path, json.dumps(UPDATE))
    assert (answer.status, answer.body) == (404, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_proxy_may_ask_whether_it_lives(served: Served, method: str) -> None:
    answer = served.ask(method, "/healthz", secret=None)
    assert (answer.status, answer.body) == (200, b"")
    assert served.log == []


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"\xff\xff",
        b'["no", "update"]',
        b'{"message": {}}',
        b'{"update_id": 9223372036854775808}',
        b'{"update_id": 1, "message": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"update_id": 1, "message": ' + b'{"a":' * 100_000,
        b'{"update_id": 1, "message": {"chat": 7}}',
        b'{"update_id": 1, "message": {"chat": {"id": "no number"}}}',
        b'{"update_id": 1, "message": {"chat": {"id": null}}}',
        b'{"update_id": 1, "message": {"chat": {"id": 9223372036854775808}}}',
        b'{"update_id": 1, "message": {"chat": {"id": 1e999}}}',
        b'{"update_id": 1, "message": {"text": NaN}}',
    ],
)
def test_what_is_no_update_is_refused_for_good(served: Served, body: bytes) -> None:
    answer = served.ask(body=body)
    assert (answer.status, answer.body) == (400, b"")


@pytest.mark.usefixtures("nothing_is_stored")
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(served: Served, is_chunked: bool) -> None:
    body = json.dumps({**UPDATE, "padding": "x" * 1_100_000}).encode()
    if is_chunked:
        pieces = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
        answer = served.ask(body=pieces)
    else:
        answer = served.ask(body=body)
    assert (answer.status, answer.body) == (413, b"")


@pytest.mark.usefixtures("nothing_is_stored")
def test_a_length_that_is_too_large_is_refused_before_anything_came(served: Served) -> None:
    with closing(served.connect()) as line:
        line.sendall(served.head("Content-Length: 99999999999"))
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.usefixtures("nothing_is_stored")
def test_a_packed_body_is_not_unpacked(served: Served) -> None:
    headers = {"Content-Encoding": "gzip"}
    assert served.ask(body=b"\x1f\x8b" + b"\0" * 50, headers=headers).status == 400


@pytest.mark.usefixtures("nothing_is_stored")
def test_a_slow_body_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.intake.webhook._READ_S", 0.1)
    with closing(served.connect()) as line:
        line.sendall(served.head("Content-Length: 500") + b'{"update_id":')
        assert line.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_breaks_off_is_no_bug_of_ours(served: Served, database: Database) -> None:
    with closing(served.connect()) as line:
        line.sendall(served.head("Content-Length: 500") + b'{"update_id":')
    assert served.post(UPDATE) == 200
    assert _stored(database) == [7]
    assert [line for line in served.log if line["log_level"] == "error"] == []


def test_slow_headers_are_not_waited_for(database: Database) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(listening._HANDLING, "keepalive_timeout", 0.1)
        with _serving(database) as served, closing(served.connect()) as line:
            line.sendall(b"POST / HTTP/1.1\r\nHos")
            assert line.recv(100) == b""


def test_idle_connections_make_room_for_telegram(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.listening._MOST_CONNECTIONS", 5)
    idle = [served.connect() for _ in range(12)]
    try:
        assert served.post(UPDATE) == 200
        assert idle[0].recv(1) == b""
        assert served.webhook.tally.counts["too_many"] == 8
    finally:
        for line in idle:
            line.close()


def test_what_is_no_http_is_not_quoted(served: Served) -> None:
    for garbage in (b"\x16\x03\x01 garbage\r\n\r\n", b"GET / HTTP/1.1\r\ngarbage\r\n\r\n"):
        with closing(served.connect()) as line:
            line.sendall(garbage)
            answer = line.recv(4096)
        assert answer.startswith(b"HTTP/1.")
        assert b" 400 " in answer
        assert b"garbage" not in answer
    assert "garbage" not in str(served.log)


@pytest.mark.parametrize("secret", [SECRET, "wrong", None])
@pytest.mark.parametrize("path", [None, "/elsewhere"])
def test_no_answer_names_the_software(served: Served, secret: str | None, path: str | None) -> None:
    headers = served.ask(path=path, body="{", secret=secret).headers
    assert headers["server"] == "webhook"
    assert not {"aiohttp", "python"} & set(str(headers).lower().replace("/", " ").split())


def test_a_flood_of_wrong_secrets_is_counted_in_two_lines(served: Served) -> None:
    for number in range(30):
        served.ask(body=f'{{"update_id": {number}}}', secret=f"guess-{number}")
    served.webhook.tally.tell()
    assert [line["refused"] for line in served.log] == [1, 30]
    assert "guess" not in str(served.log)
    assert SECRET not in str(served.log)


def test_a_database_that_is_away_means_later() -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with _serving(away) as served:
        answer = served.ask(body=json.dumps(UPDATE))
    away.close()
    assert (answer.status, answer.body) == (503, b"")
    assert int(answer.headers["retry-after"]) > 0


def test_no_kind_of_update_stands_in_the_way(
    served: Served, database: Database, dispatcher: Dispatcher
) -> None:
    member = {"user": {"id": 41, "is_bot": False, "first_name": "Anna"}, "status": "member"}
    change = {
        "chat": {"id": -100, "type": "group", "title": "Us"},
        "from": member["user"],
        "date": 1,
        "old_chat_member": {**member, "status": "left"},
        "new_chat_member": member,
    }
    assert {"my_chat_member", "chat_member"} < set(ALLOWED_UPDATES)
    updates: list[dict[str, Any]] = [
        {"my_chat_member": change},
        {"chat_member": change},
        {"edited_message": UPDATE["message"]},
        {"a_kind_of_tomorrow": {"x": 1}},
        {},
    ]
    for number, update in enumerate(updates, 1):
        assert served.post({"update_id": number, **update}) == 200
    while dispatcher.handle_next():
        pass
    with database.transaction() as session:
        states = list(session.scalars(select(InboxUpdate.state)))
        chats = list(session.scalars(select(InboxUpdate.chat_id).order_by(InboxUpdate.update_id)))
    assert len(states) == len(updates)
    assert set(states) <= {"handled", "ignored", "told"}
    assert chats[:2] == [-100, -100]


@pytest.fixture
def dispatcher(front: Front) -> Dispatcher:
    return front.dispatcher
