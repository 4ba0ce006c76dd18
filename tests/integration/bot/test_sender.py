"""The outbox empties in order, and never says a thing twice."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError

from bot.errors import ChatMoved, TryLater, Unclear, Undeliverable, Unreachable
from bot.sender.parcels import Parcel
from bot.sender.sender import Sender
from rap_engine.memory import Database, conninfo
from rap_engine.memory.people import ensure_user
from rap_engine.memory.tables import User
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Reply
from workers.jobs.values import Address, Button, Content, Draft, Place

pytestmark = pytest.mark.integration


@dataclass
class FakeCourier:
    """Delivers, unless the next error says otherwise."""

    errors: list[Exception] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    delivered: list[Parcel] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    in_chat: dict[int, list[Exception]] = field(default_factory=dict)

    def deliver(self, place: Place, parcel: Parcel) -> int | None:
        for accident in self.meanwhile:
            accident()
        self.meanwhile.clear()
        if self.errors:
            raise self.errors.pop(0)
        if self.in_chat.get(place.chat_id):
            raise self.in_chat[place.chat_id].pop(0)
        self.delivered.append(parcel)
        self.places.append(place)
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
        user_id = ensure_user(session, "telegram", "41")

    def _put(*drafts: Draft, chat_id: int = 41, message_id: int | None = None) -> None:
        address = Address(user_id, "telegram", chat_id, message_id)
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


def _wait_s(database: Database) -> list[float]:
    """Return for each reply in how many seconds it may go out."""
    waits = select(func.extract("epoch", Reply.not_before - func.now())).order_by(Reply.id)
    with database.transaction() as session:
        return [float(wait) for wait in session.scalars(waits)]


def _attempts(database: Database) -> list[int]:
    with database.transaction() as session:
        return list(session.scalars(select(Reply.attempts).order_by(Reply.id)))


def _change(database: Database, **values: object) -> None:
    with database.transaction() as session:
        session.execute(update(Reply).values(**values))


def _let_time_pass(database: Database) -> None:
    """Let every reply that waits have waited long enough."""
    _change(database, not_before=func.now())


def test_a_throttled_chat_waits_as_long_as_it_was_told_and_holds_up_nobody_else(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    put(_text("first"), _text("second"))
    put(_text("somebody else's"), chat_id=42)
    courier.in_chat[41] = [TryLater("flood limit", 300)]
    _send_all(sender)
    assert [parcel.text for parcel in courier.delivered] == ["somebody else's"]
    assert 290 < _wait_s(database)[0] <= 300
    assert _attempts(database)[0] == 0
    _let_time_pass(database)
    _send_all(sender)
    assert [parcel.text for parcel in courier.delivered[1:]] == ["first", "second"]


def test_a_flood_limit_for_all_loses_nothing_doubles_nothing_and_keeps_each_order(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    chats = range(50, 60)
    for number in range(3):
        for chat_id in chats:
            put(_text(f"{number}"), chat_id=chat_id)
    for _ in range(4):
        courier.in_chat = {chat_id: [TryLater("flood limit", 5)] for chat_id in chats}
        _send_all(sender)
        _let_time_pass(database)
    courier.in_chat = {}
    _send_all(sender)
    for chat_id in chats:
        pairs = zip(courier.places, courier.delivered, strict=True)
        assert [p.text for place, p in pairs if place.chat_id == chat_id] == ["0", "1", "2"]
    assert set(_states(database)) == {"sent"}


def test_a_flood_limit_between_two_parts_repeats_neither(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    lines = "\n".join(f"line {number}" for number in range(600))
    put(Draft(Content(text=lines)))
    assert sender.send_next()
    courier.errors.append(TryLater("flood limit", 30))
    _send_all(sender)
    _let_time_pass(database)
    _send_all(sender)
    assert "\n".join(part.text for part in courier.delivered) == lines


def test_who_waits_for_the_next_try_is_woken_in_time(
    put: Callable[..., None], courier: FakeCourier, database: Database
) -> None:
    woken: list[float] = []
    sender = Sender(database, courier, "telegram", woken.append)
    put(_text("one"))
    courier.errors.append(TryLater("pace", 0.25))
    _send_all(sender)
    assert woken == [0.25]


def test_what_keeps_failing_ends_and_lets_the_next_one_go(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    put(Draft(Content(text="one", edit_message_id=3)), _text("two"))
    courier.errors += [TryLater("Bad Gateway")] * 1000
    tries = 0
    while _states(database)[0] == "pending":
        tries += 1
        _let_time_pass(database)
        sender.send_next()
    courier.errors.clear()
    _send_all(sender)
    assert _states(database) == ["failed", "sent"]
    assert tries == 10


@pytest.mark.parametrize("error", [Unreachable("no route"), TryLater("flood limit", 60)])
def test_a_long_outage_counts_against_nobody_for_a_day(
    put: Callable[..., None],
    sender: Sender,
    courier: FakeCourier,
    database: Database,
    error: TryLater,
) -> None:
    put(_text("one"))
    courier.errors += [error] * 40
    _change(database, created_at=func.now() - timedelta(hours=23))
    for _ in range(40):
        _let_time_pass(database)
        sender.send_next()
    assert _states(database) == ["pending"]
    assert _attempts(database) == [0]
    courier.errors.append(error)
    _change(database, created_at=func.now() - timedelta(hours=25))
    _let_time_pass(database)
    sender.send_next()
    assert _states(database) == ["failed"]


def test_the_wait_for_an_absent_telegram_grows_to_half_a_minute(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    put(_text("one"))
    waits = []
    for age_s in (0, 5, 3600):
        courier.errors.append(Unreachable("no route"))
        _change(database, created_at=func.now() - timedelta(seconds=age_s), not_before=func.now())
        sender.send_next()
        waits += _wait_s(database)
    first, second, third = waits
    assert 0 < first < 1 < second < 6
    assert 20 < third <= 36


def test_replies_follow_a_group_that_became_a_supergroup(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    put(_text("one"), _text("two"), chat_id=-5, message_id=9)
    put(_text("another group's"), chat_id=-6, message_id=9)
    courier.in_chat[-5] = [ChatMoved(-1005)]
    _send_all(sender)
    moved = [
        (place.chat_id, place.message_id, parcel.text)
        for place, parcel in zip(courier.places, courier.delivered, strict=True)
    ]
    assert sorted(moved) == [(-1005, None, "one"), (-1005, None, "two"), (-6, 9, "another group's")]
    assert set(_states(database)) == {"sent"}


def test_a_chat_that_moves_in_circles_ends(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    put(_text("one"), chat_id=-5)
    courier.in_chat = {
        -5: [ChatMoved(-6) for _ in range(99)],
        -6: [ChatMoved(-5) for _ in range(99)],
    }
    _send_all(sender)
    assert _states(database) == ["failed"]


def test_a_file_goes_out_under_its_name_and_what_is_left_as_words(
    put: Callable[..., None], sender: Sender, courier: FakeCourier
) -> None:
    content = Content(text="x" * 1025, file_name="../../rapbot.zip")
    put(Draft(content, b"zip"))
    _send_all(sender)
    shown = [(parcel.text, parcel.photo, parcel.file_name) for parcel in courier.delivered]
    assert shown == [("", b"zip", "rapbot.zip"), ("x" * 1025, None, "")]


@pytest.mark.parametrize(
    "error", [None, Undeliverable("blocked"), Unclear("read timeout"), RuntimeError("a bug")]
)
def test_nothing_is_kept_of_a_farewell(
    put: Callable[..., None],
    sender: Sender,
    courier: FakeCourier,
    database: Database,
    error: Exception | None,
) -> None:
    put(Draft(Content(text="goodbye", is_farewell=True)))
    courier.errors += [] if error is None else [error]
    _send_all(sender)
    assert len(courier.delivered) == (error is None)
    assert _states(database) == []


def test_a_farewell_in_parts_that_has_to_wait_is_kept_until_it_is_all_said(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    put(Draft(Content(text="goodbye " * 900, is_farewell=True)))
    assert sender.send_next()
    courier.errors.append(TryLater("flood limit", 5))
    _send_all(sender)
    assert _states(database) == ["pending"]
    _let_time_pass(database)
    _send_all(sender)
    assert len(courier.delivered) == 2
    assert _states(database) == []


def test_a_farewell_belongs_to_nobody(
    put: Callable[..., None], sender: Sender, courier: FakeCourier, database: Database
) -> None:
    put(Draft(Content(text="goodbye", is_farewell=True)))
    with database.transaction() as session:
        assert session.scalars(select(Reply.user_id)).all() == [None]
        session.execute(delete(User))
    _send_all(sender)
    assert [parcel.text for parcel in courier.delivered] == ["goodbye"]


@pytest.mark.parametrize(
    "content",
    [
        {"text": "hello", "of_another_version": 1},
        {"notice": "remembered"},
        {"text": "hello", "buttons": [{"caption": "no such field"}]},
    ],
)
def test_a_reply_that_cannot_be_read_ends_and_lets_the_next_one_go(
    database: Database,
    sender: Sender,
    courier: FakeCourier,
    put: Callable[..., None],
    content: dict[str, object],
) -> None:
    put(_text("unreadable"), _text("after it"))
    with database.transaction() as session:
        first = select(func.min(Reply.id)).scalar_subquery()
        session.execute(update(Reply).where(Reply.id == first).values(content=content))
    _send_all(sender)
    assert _states(database) == ["failed", "sent"]
    assert [parcel.text for parcel in courier.delivered] == ["after it"]
