"""The outbox empties in order, and never says a thing twice."""

from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from bot.errors import TryLater, Unclear, Undeliverable
from bot.sender.parcels import Parcel
from bot.sender.sender import Sender
from rap_engine.memory import Database, conninfo
from rap_engine.memory.people import ensure_user
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Reply
from workers.jobs.values import Address, Button, Content, Draft

pytestmark = pytest.mark.integration


@dataclass
class FakeCourier:
    """Delivers, unless the next error says otherwise."""

    errors: list[Exception] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    delivered: list[Parcel] = field(default_factory=list)

    def deliver(self, address: Address, parcel: Parcel) -> int | None:
        for accident in self.meanwhile:
            accident()
        self.meanwhile.clear()
        if self.errors:
            raise self.errors.pop(0)
        self.delivered.append(parcel)
        return len(self.delivered)


@pytest.fixture
def courier() -> FakeCourier:
    return FakeCourier()


@pytest.fixture
def sender(database: Database, courier: FakeCourier) -> Sender:
    return Sender(database, courier, "telegram")


@pytest.fixture
def put(database: Database) -> Callable[..., None]:
    with database.transaction() as session:
        address = Address(ensure_user(session, "telegram", "41"), "telegram", 41)

    def _put(*drafts: Draft) -> None:
        with database.transaction() as session:
            add_replies(session, address, list(drafts))

    return _put


def _send_all(sender: Sender) -> None:
    while sender.send_next():
        pass


def _states(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.scalars(select(Reply.state).order_by(Reply.id)))


def _text(text: str) -> Draft:
    return Draft(Content(text=text))


def test_sends_in_order(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    put(_text("one"), _text("two"))
    put(Draft(Content(notice="remembered", params={"name": "{Biscuit}"})))
    _send_all(sender)
    assert [parcel.text for parcel in courier.delivered[:2]] == ["one", "two"]
    assert courier.delivered[2].text.startswith("I will know {Biscuit} by this")
    assert _states(database) == ["sent"] * 3


def test_waits_when_told_to_and_keeps_the_order(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    put(_text("one"), _text("two"))
    courier.errors.append(TryLater("flood limit", 30))
    _send_all(sender)
    assert courier.delivered == []
    with database.transaction() as session:
        session.execute(update(Reply).values(not_before=func.now()))
    _send_all(sender)
    assert [parcel.text for parcel in courier.delivered] == ["one", "two"]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Unclear("read timeout"), "uncertain"),
        (Undeliverable("blocked"), "failed"),
        (RuntimeError("a bug"), "failed"),
    ],
)
def test_what_must_not_be_repeated_is_ended(
    put: Callable[..., None],
    sender: Sender,
    courier: FakeCourier,
    database: Database,
    error: Exception,
    state: str,
) -> None:
    put(_text("one"), _text("two"))
    courier.errors.append(error)
    _send_all(sender)
    assert _states(database) == [state, "sent"]
    assert [parcel.text for parcel in courier.delivered] == ["two"]


@pytest.mark.parametrize(
    ("errors", "state", "times"), [([], "sent", 1), ([Unclear("read timeout")], "uncertain", 0)]
)
def test_a_database_that_goes_away_while_a_reply_is_sent_does_not_double_it(
    put: Callable[..., None],
    sender: Sender,
    courier: FakeCourier,
    database: Database,
    errors: list[Exception],
    state: str,
    times: int,
) -> None:
    put(_text("one"))
    courier.errors += errors
    courier.meanwhile.append(lambda: _cut_connections(database))
    with pytest.raises(OperationalError):
        sender.send_next()
    assert _states(database) == ["pending"]
    _send_all(sender)
    assert _states(database) == [state]
    assert len(courier.delivered) == times


def _cut_connections(database: Database) -> None:
    with psycopg.connect(conninfo(database.url), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_long_reply_becomes_several_messages(
    put: Callable[..., None], sender: Sender, courier: FakeCourier
) -> None:
    lines = "\n".join(f"line {number}" for number in range(1000))
    put(Draft(Content(text=lines, buttons=(Button("undo", "undo:1"),))), _text("after"))
    _send_all(sender)
    *parts, after = courier.delivered
    assert "\n".join(part.text for part in parts) == lines
    assert all(len(part.text) <= 4096 for part in parts)
    assert [bool(part.labels) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert after.text == "after"


def test_a_long_caption_goes_below_its_photo(
    put: Callable[..., None], sender: Sender, courier: FakeCourier
) -> None:
    put(Draft(Content(text="short"), b"jpeg"), Draft(Content(text="x" * 1025), b"jpeg"))
    _send_all(sender)
    shown = [(parcel.text, parcel.photo) for parcel in courier.delivered]
    assert shown == [("short", b"jpeg"), ("", b"jpeg"), ("x" * 1025, None)]
