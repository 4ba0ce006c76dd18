"""/list, /forget and undo."""

import pytest

from tests.integration.bot.chats import Friend
from tests.standin import StandInWorker

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("biscuit")]


def test_lists_names_infos_and_photos(friend: Friend) -> None:
    friend.says("/list")
    assert friend.is_told() == ["I remember:\n• Biscuit (1 photo): our corgi"]


def test_nobody_else_sees_the_list(stranger: Friend) -> None:
    stranger.says("/list")
    assert "I do not remember anybody yet" in stranger.is_told()[0]


@pytest.mark.parametrize("name", ["Biscuit", "  bISCUIT ", "<Biscuit>"])
def test_forgets_by_any_spelling(friend: Friend, name: str) -> None:
    friend.says(f"/forget {name}")
    assert friend.is_told() == ["I forgot Biscuit."]
    friend.taps(friend.buttons()["undo"])
    assert friend.is_told() == ["Biscuit is back."]


def test_forgetting_what_is_not_there_names_the_closest(friend: Friend) -> None:
    friend.says("/forget Bisquit")
    friend.says("/forget Qwertz")
    friend.says("/forget " + "y" * 4000)
    near, far, long = friend.is_told()
    assert near.endswith("Did you mean Biscuit?")
    assert "nobody and nothing called Qwertz" in far
    assert len(long) < 200


def test_an_undo_may_come_too_late(friend: Friend, worker: StandInWorker, corgi: bytes) -> None:
    friend.says("/forget Biscuit")
    undo = friend.buttons()["undo"]
    friend.sends(corgi, "/remember Biscuit: another one")
    worker.work()
    friend.taps(undo)
    assert friend.is_told()[-1] == "There is a new Biscuit by now; forget that one first."


def test_nobody_else_can_undo(friend: Friend, stranger: Friend) -> None:
    stranger.says("/start")
    stranger.is_told()
    friend.says("/forget Biscuit")
    stranger.taps(friend.buttons()["undo"])
    assert stranger.is_told() == ["It is too late to undo that."]
    friend.says("/list")
    assert "I do not remember anybody yet" in friend.is_told()[-1]


@pytest.mark.parametrize("data", ["undo:999999", "undo:x", "undo", "drop:1", "undo:1:1", "undo:²"])
def test_made_up_taps_are_answered(friend: Friend, data: str) -> None:
    friend.taps(data)
    assert len(friend.is_told()) == 1
