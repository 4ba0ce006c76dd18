"""Rolling back: to what answered before, further back each time, never to and fro."""

import pytest

from rap_engine.checkpoints.store import WeightsStore
from rap_engine.memory import Database
from rap_engine.memory.in_service import put_adapter_into_service, put_into_service, wish_for
from tests.integration.adapters.shelf import (
    PROFILE,
    answering,
    has_nothing_to_return_to,
    know,
    put,
    take_back,
    write_adapter,
)
from workers.runs.adapters import promotions, returns_to
from workers.runs.refusals import NotPromoted

pytestmark = pytest.mark.integration


@pytest.fixture
def shelf(serving: Database, store: WeightsStore) -> WeightsStore:
    for name in ("a", "b", "c", "d"):
        know(serving, store, name)
    return store


def _promote(database: Database, store: WeightsStore, *names: str | None) -> None:
    for name in names:
        put(database, store, name)


def test_repeated_it_walks_further_back_to_the_beginning(
    serving: Database, shelf: WeightsStore
) -> None:
    _promote(serving, shelf, "a", "b", "c")
    assert [take_back(serving, shelf) for _ in range(3)] == ["b", "a", None]
    assert answering(serving) is None
    assert has_nothing_to_return_to(serving, shelf)


def test_before_anything_was_promoted_there_is_nothing_to_return_to(
    serving: Database, shelf: WeightsStore
) -> None:
    assert has_nothing_to_return_to(serving, shelf)


def test_what_comes_after_a_roll_back_returns_to_what_that_left(
    serving: Database, shelf: WeightsStore
) -> None:
    _promote(serving, shelf, "a", "b", "c")
    assert take_back(serving, shelf) == "b"
    _promote(serving, shelf, "d")
    assert [take_back(serving, shelf) for _ in range(3)] == ["b", "a", None]
    assert has_nothing_to_return_to(serving, shelf)


def test_what_answered_twice_is_returned_to_twice(serving: Database, shelf: WeightsStore) -> None:
    _promote(serving, shelf, "a", "b", "a", None)
    assert [take_back(serving, shelf) for _ in range(4)] == ["a", "b", "a", None]


def test_a_roll_back_is_history_too(serving: Database, shelf: WeightsStore) -> None:
    _promote(serving, shelf, "a", "b")
    take_back(serving, shelf)
    with serving.transaction() as session:
        newest = promotions(session, PROFILE, 1)[0]
    assert (newest.came_from, newest.adapter, newest.why) == ("b", "a", "roll_back")
    assert newest.by == "telegram:7"


def test_one_that_failed_the_gate_is_returned_to_if_it_answered(
    serving: Database, shelf: WeightsStore
) -> None:
    know(serving, shelf, "worse", "failed")
    put(serving, shelf, "worse", despite=True)
    _promote(serving, shelf, "a")
    assert take_back(serving, shelf) == "worse"


@pytest.mark.parametrize("reason", ["changed", "gone"])
def test_what_is_not_what_it_was_is_not_returned_to(
    serving: Database, shelf: WeightsStore, reason: str
) -> None:
    _promote(serving, shelf, "a", "b")
    if reason == "changed":
        write_adapter(shelf, "a", b"somebody else's")
    else:
        (shelf.adapters / "a" / "adapter_model.safetensors").unlink()
    with pytest.raises(NotPromoted) as refused:
        take_back(serving, shelf)
    assert refused.value.reason == reason
    assert answering(serving) == "b"


def test_what_answered_before_there_was_a_registry_is_returned_to(
    serving: Database, shelf: WeightsStore
) -> None:
    with serving.transaction() as session:
        put_adapter_into_service(session, "ancient")
    _promote(serving, shelf, "a")
    with pytest.raises(NotPromoted, match="ancient"):
        take_back(serving, shelf)
    write_adapter(shelf, "ancient")
    assert take_back(serving, shelf) == "ancient"


def test_after_another_profile_answered_meanwhile_what_answers_is_not_returned_to(
    serving: Database, shelf: WeightsStore
) -> None:
    """A profile comes back with its base alone, which no promotion says."""
    _promote(serving, shelf, "a")
    with serving.transaction() as session:
        put_into_service(session, "starter")
    with pytest.raises(NotPromoted):
        take_back(serving, shelf)
    with serving.transaction() as session:
        put_into_service(session, PROFILE)
    assert answering(serving) is None
    assert has_nothing_to_return_to(serving, shelf)
    _promote(serving, shelf, "b", "c")
    assert [take_back(serving, shelf) for _ in range(2)] == ["b", None]
    assert has_nothing_to_return_to(serving, shelf)


def test_each_profile_has_a_history_of_its_own(serving: Database, shelf: WeightsStore) -> None:
    _promote(serving, shelf, "a")
    know(serving, shelf, "strange", profile="rap-phi3-v")
    with serving.transaction() as session:
        wish_for(session, "rap-phi3-v")
        put_into_service(session, "rap-phi3-v")
        assert promotions(session, "rap-phi3-v", 10) == []
        assert returns_to(session, PROFILE, "a") is None
