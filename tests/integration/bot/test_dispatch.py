"""From the inbox to the handlers: in order, once, and whatever goes wrong."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.dispatch.dispatcher import MOST_ATTEMPTS, Dispatcher
from bot.handlers.context import BIG_PHOTO_BYTES
from bot.intake import inbox
from bot.intake.tables import InboxUpdate
from rap_engine.memory import Database
from tests.integration.bot.chats import CHANNEL, FakeFiles, Friend, Front

pytestmark = pytest.mark.integration


class BrokenFiles(FakeFiles):
    def download(self, file_id: str) -> bytes:
        raise RuntimeError("no such luck")


@dataclass
class MeetingFiles(FakeFiles):
    """Downloads wait a while for each other; counts those that met."""

    meeting: threading.Barrier = field(default_factory=lambda: threading.Barrier(2, timeout=0.5))
    met: int = 0

    def download(self, file_id: str) -> bytes:
        try:
            self.meeting.wait()
            self.met += 1
        except threading.BrokenBarrierError:
            self.meeting.reset()
        return super().download(file_id)


def _states(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.scalars(select(InboxUpdate.state).order_by(InboxUpdate.update_id)))


def _make_due(database: Database) -> None:
    with database.transaction() as session:
        session.execute(update(InboxUpdate).values(not_before=func.now()))


def test_a_repeated_update_is_stored_once(front: Front, friend: Friend, database: Database) -> None:
    again = {"update_id": 5, "message": friend.message(text="/start")}
    assert inbox.store(database, CHANNEL, [again]) == 1
    front.work()
    assert inbox.store(database, CHANNEL, [again, again]) == 0
    front.work()
    assert len(friend.is_told()) == 1


def test_what_fails_is_tried_again_and_then_apologised_for(
    front: Front, friend: Friend, database: Database, corgi: bytes
) -> None:
    front.files = BrokenFiles()
    friend.sends(corgi, "/remember Biscuit")
    for _ in range(MOST_ATTEMPTS - 1):
        assert _states(database) == ["pending"]
        assert friend.is_told() == []
        _make_due(database)
        front.work()
    assert _states(database) == ["failed"]
    assert friend.is_told() == ["Sorry, something went wrong on my side. Please try again."]


def test_a_chat_keeps_its_order_while_others_go_on(
    front: Front, friend: Friend, stranger: Friend, database: Database, corgi: bytes
) -> None:
    working, front.files = front.files, BrokenFiles()
    friend.sends(corgi, "/remember Biscuit")
    friend.says("/help")
    stranger.says("/help")
    assert friend.is_told() == []
    assert len(stranger.is_told()) == 1
    front.files = working
    working.contents.update({f"file-{n}": corgi for n in range(10)})
    _make_due(database)
    front.work()
    assert len(front.jobs()) == 1
    assert len(friend.is_told()) == 1


def test_two_hands_never_take_the_same_chat(
    front: Front, friend: Friend, database: Database
) -> None:
    first = {"update_id": 1, "message": friend.message(text="/start")}
    second = {"update_id": 2, "message": friend.message(text="/help")}
    inbox.store(database, CHANNEL, [first, second])
    with database.transaction() as one, database.transaction() as other:
        assert inbox.claim_next(one, CHANNEL) is not None
        assert inbox.claim_next(other, CHANNEL) is None


def test_what_cannot_be_read_is_given_up_in_silence(
    front: Front, friend: Friend, database: Database
) -> None:
    front.deliver({"message": {"chat": friend.chat, "from": friend.user}})
    for _ in range(MOST_ATTEMPTS):
        _make_due(database)
        front.work()
    assert _states(database) == ["failed"]
    assert friend.is_told() == []


def test_text_that_a_database_cannot_hold_does_not_stop_the_intake(
    front: Front, friend: Friend, database: Database
) -> None:
    friend.says("who is \x00 and \ud800?")
    assert _states(database) == ["handled"]


def test_old_updates_are_erased_and_pending_ones_are_not(
    front: Front, friend: Friend, database: Database
) -> None:
    friend.says("/help")
    waiting = {"update_id": 900, "message": friend.message(text="/start")}
    inbox.store(database, CHANNEL, [waiting])
    with database.transaction() as session:
        session.execute(update(InboxUpdate).values(received_at=func.now() - timedelta(days=3)))
        inbox.purge(session, timedelta(days=2))
    assert _states(database) == ["pending"]


@pytest.mark.parametrize(
    ("size", "met"), [(BIG_PHOTO_BYTES, 2), (BIG_PHOTO_BYTES + 1, 0), (None, 0)]
)
def test_big_photos_are_in_memory_one_at_a_time(
    front: Front,
    friend: Friend,
    stranger: Friend,
    database: Database,
    corgi: bytes,
    size: int | None,
    met: int,
) -> None:
    updates = []
    for number, person in enumerate((friend, stranger)):
        (_, photo) = person.sizes(corgi)
        message = person.message(photo=[{**photo, "file_size": size}], caption="/remember Biscuit")
        updates.append({"update_id": number, "message": message})
    inbox.store(database, CHANNEL, updates)
    files = MeetingFiles(front.files.contents)
    dispatcher = Dispatcher(front.settings, database, front.publisher, files, CHANNEL)
    with ThreadPoolExecutor(2) as lanes:
        assert all(lanes.map(lambda _: dispatcher.handle_next(), range(2)))
    assert files.met == met
    assert len(front.jobs()) == 2


def test_a_big_photo_gives_its_lane_back_when_another_takes_too_long(
    front: Front,
    friend: Friend,
    database: Database,
    corgi: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.dispatch.dispatcher._BIG_PHOTO_WAIT_S", 0.05)
    (_, photo) = friend.sizes(corgi)
    message = friend.message(photo=[{**photo, "file_size": None}], caption="/remember Biscuit")
    inbox.store(database, CHANNEL, [{"update_id": 1, "message": message}])
    downloading, done = threading.Event(), threading.Event()

    class SlowFiles(FakeFiles):
        def download(self, file_id: str) -> bytes:
            downloading.set()
            done.wait(20)
            return super().download(file_id)

    dispatcher = Dispatcher(
        front.settings, database, front.publisher, SlowFiles(front.files.contents), CHANNEL
    )
    with ThreadPoolExecutor(1) as slow_lane:
        slow = slow_lane.submit(dispatcher.handle_next)
        assert downloading.wait(20)
        other = {
            **message,
            "chat": {**message["chat"], "id": 77},
            "from": {**message["from"], "id": 77},
        }
        inbox.store(database, CHANNEL, [{"update_id": 2, "message": other}])
        assert dispatcher.handle_next()
        assert not dispatcher.handle_next()  # it waits for its turn
        done.set()
        assert slow.result()
    _make_due(database)
    assert dispatcher.handle_next()
    assert _states(database) == ["handled", "handled"]
    with database.transaction() as session:
        assert session.scalars(select(InboxUpdate.attempts)).all() == [0, 0]


def test_a_big_photo_that_fails_lets_the_next_one_in(
    front: Front, friend: Friend, stranger: Friend, database: Database, corgi: bytes
) -> None:
    dispatcher = Dispatcher(front.settings, database, front.publisher, front.files, CHANNEL)
    (_, unfetchable), (_, photo) = friend.sizes(corgi), stranger.sizes(corgi)
    del front.files.contents[unfetchable["file_id"]]
    for number, (person, sent) in enumerate(((friend, unfetchable), (stranger, photo))):
        sent["file_size"] = BIG_PHOTO_BYTES + 1
        message = person.message(photo=[sent], caption="/remember Biscuit")
        inbox.store(database, CHANNEL, [{"update_id": number, "message": message}])
    with ThreadPoolExecutor(1) as lane:
        assert lane.submit(dispatcher.handle_next).result()
    with ThreadPoolExecutor(1) as another_lane:
        assert another_lane.submit(dispatcher.handle_next).result()
    assert len(front.jobs()) == 1


def test_a_tap_with_an_impossible_id_is_answered(front: Front, friend: Friend) -> None:
    friend.says("/start")
    friend.is_told()
    friend.taps(f"undo:{2**63}")
    assert friend.is_told() == ["That button no longer works."]
