"""/history: who added and changed what in the lists that are shared."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from rap_engine.memory import Change, Database
from rap_engine.memory.history import PAGE, purge_history
from tests.integration.families.people import Kin, Relative

pytestmark = pytest.mark.integration


def _what(said: str) -> list[str]:
    """Return what the lines of a history say behind the time and the list."""
    return [line.partition(": ")[2] for line in said.splitlines()[1:]]


def test_the_history_of_a_family_tells_who_joined_in_which_role(kin: Kin) -> None:
    said = kin.vera.asks("/history")
    assert _what(said) == [
        "Vera joined as a viewer",
        "Bert joined as an editor",
        "Anna founded it",
    ]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d, Smiths: .*", said.splitlines()[1])


def test_who_changed_what_is_seen_by_all_members(shared: Kin) -> None:
    shared.tells(shared.anna, "Biscuit: our corgi")
    shared.bert.says("/describe Biscuit: eats children")
    shared.bert.says("/rename Biscuit: Monster")
    shared.bert.says("/forget Monster")
    assert _what(shared.vera.asks("/history"))[:4] == [
        "Bert made me forget Monster",
        "Bert renamed Biscuit to Monster",
        "Bert changed what is known about Biscuit; before: our corgi",
        "Anna added Biscuit",
    ]


@pytest.mark.parametrize("name", ["Biscuit", "monster"])
def test_the_history_of_one_concept_is_found_by_any_name_that_it_had(
    shared: Kin, name: str
) -> None:
    shared.tells(shared.anna, "Biscuit: our corgi")
    shared.tells(shared.anna, "Tom: the cat", "blue")
    shared.bert.says("/rename Biscuit: Monster")
    shared.bert.says("/forget Monster")
    assert _what(shared.anna.asks(f"/history {name}")) == [
        "Bert made me forget Monster",
        "Bert renamed Biscuit to Monster",
        "Anna added Biscuit",
    ]


def test_a_long_info_is_whole_in_the_history_of_its_concept(shared: Kin) -> None:
    info = "a corgi " * 100
    shared.tells(shared.anna, f"Biscuit: {info}")
    shared.bert.says("/describe Biscuit: short")
    assert info.strip() not in shared.anna.asks("/history")
    assert info.strip() in shared.anna.asks("/history Biscuit")


def test_older_entries_are_behind_a_button(kin: Kin) -> None:
    kin.tells(kin.anna, "Biscuit: our corgi")
    kin.anna.says("/move Biscuit")
    kin.anna.presses("To Smiths")
    for number in range(PAGE):
        kin.anna.says(f"/describe Biscuit: version {number}")
    newest = _what(kin.vera.asks("/history"))
    assert len(newest) == PAGE
    assert kin.vera.labels() == ["Older"]
    older = _what(kin.vera.presses("Older"))
    assert older[:2] == ["Anna moved Biscuit here", "Vera joined as a viewer"]
    assert kin.vera.labels() == []
    kin.vera.asks("/history Biscuit")
    assert _what(kin.vera.presses("Older")) == ["Anna moved Biscuit here"]


def test_former_members_are_told_apart_but_not_named(shared: Kin, database: Database) -> None:
    shared.tells(shared.bert, "Biscuit: our corgi")
    shared.bert.says("/family")
    shared.bert.presses("Leave", "Leave")
    shared.anna.taps(f"remove:{shared.list_id}:{shared.vera.id(database)}")
    assert _what(shared.anna.asks("/history")) == [
        "Anna removed a former member (1)",
        "a former member (2) left",
        "a former member (2) added Biscuit",
        "a former member (1) joined as a viewer",
        "a former member (2) joined as an editor",
        "Anna founded it",
    ]


def test_of_who_was_erased_no_number_is_left(shared: Kin, database: Database) -> None:
    shared.tells(shared.bert, "Biscuit: our corgi")
    with database.transaction() as session:
        session.execute(update(Change).values(user_id=None, subject_id=None))
    assert _what(shared.anna.asks("/history"))[0] == "somebody who has left added Biscuit"


def test_moving_away_and_handing_over_are_told(shared: Kin, database: Database) -> None:
    shared.tells(shared.anna, "Biscuit: our corgi")
    shared.bert.says("/move Biscuit")
    shared.bert.presses("To your own list")
    shared.anna.taps(f"hand_over:{shared.list_id}:{shared.bert.id(database)}")
    shared.bert.taps(f"offer_accept:{shared.list_id}")
    told = _what(shared.vera.asks("/history"))
    assert set(told[:2]) == {
        "Anna became an editor, and was its owner before",
        "Bert became its owner, and was an editor before",
    }
    assert told[2] == "Bert moved Biscuit to another list"


def test_a_stranger_sees_no_history_whatever_the_button_says(
    shared: Kin, carl: Relative, database: Database
) -> None:
    shared.tells(shared.anna, "Biscuit: our corgi")
    with database.transaction() as session:
        newest = session.scalars(select(func.max(Change.id))).one()
        concepts = session.scalars(select(Change.concept_id).distinct()).all()
    nothing = "There is nothing to show."
    assert carl.asks("/history").startswith(nothing)
    assert "nothing of that name" in carl.asks("/history Biscuit")
    carl.taps(f"older:{newest + 1}")
    for concept_id in concepts:
        carl.taps(f"older_of:{newest + 1}:{concept_id or 0}")
    assert all(said.startswith(nothing) for said in carl.is_told())


def test_a_personal_list_has_no_history(carl: Relative, kin: Kin, database: Database) -> None:
    with database.transaction() as session:
        before = session.scalars(select(func.count(Change.id))).one()
    kin.tells(carl, "Rex: my dog")
    carl.says("/describe Rex: a secret")
    with database.transaction() as session:
        assert session.scalars(select(func.count(Change.id))).one() == before


def test_what_is_old_is_purged(kin: Kin, database: Database) -> None:
    with database.transaction() as session:
        oldest = select(func.min(Change.id)).scalar_subquery()
        session.execute(
            update(Change)
            .where(Change.id == oldest)
            .values(at=func.now() - timedelta(days=10, minutes=1))
        )
        purge_history(session, timedelta(days=10))
    assert _what(kin.anna.asks("/history")) == [
        "Vera joined as a viewer",
        "Bert joined as an editor",
    ]
