"""Whatever one chat sends, the others have their turns."""

from typing import Any

import pytest

from bot.intake import inbox
from rap_engine.memory import Database
from tests.integration.bot.chats import CHANNEL, Friend, Front

pytestmark = pytest.mark.integration


def _flood(friend: Friend, first_id: int, count: int) -> list[dict[str, Any]]:
    message = friend.message(text="/cancel")
    return [{"update_id": first_id + number, "message": message} for number in range(count)]


def _handled_until_told(front: Front, friend: Friend) -> int:
    """Handle updates until somebody is told something; return how many that took."""
    dispatcher = front.dispatcher
    for handled in range(1, 1000):
        assert dispatcher.handle_next()
        if friend.is_told():
            return handled
    raise AssertionError


def test_one_flooding_chat_holds_up_nobody(front: Front, friend: Friend, stranger: Friend) -> None:
    inbox.store(front.database, CHANNEL, _flood(friend, 1000, 1000))
    inbox.store(
        front.database, CHANNEL, [{"update_id": 5000, "message": stranger.message(text="/help")}]
    )
    assert _handled_until_told(front, stranger) <= 2


def test_many_flooding_chats_take_one_turn_each(
    front: Front, stranger: Friend, database: Database
) -> None:
    for number in range(6):
        flooding = Friend(front, number=100 + number)
        inbox.store(database, CHANNEL, _flood(flooding, 1000 * (number + 1), 50))
    waiting = {"update_id": 9000, "message": stranger.message(text="/help")}
    inbox.store(database, CHANNEL, [waiting])
    assert _handled_until_told(front, stranger) <= 7


def test_a_flood_is_handled_in_the_order_of_its_chat(
    front: Front, friend: Friend, stranger: Friend, database: Database
) -> None:
    for number, person in enumerate((friend, stranger)):
        inbox.store(database, CHANNEL, _flood(person, 1000 * (number + 1), 20))
    taken: dict[int, list[int]] = {}
    for _ in range(40):
        with database.transaction() as session:
            claimed = inbox.claim_next(session, CHANNEL)
            assert claimed is not None
            taken.setdefault(claimed.chat_id, []).append(claimed.update_id)
            inbox.end(session, claimed, "handled")
    assert all(ids == sorted(ids) and len(ids) == 20 for ids in taken.values())
