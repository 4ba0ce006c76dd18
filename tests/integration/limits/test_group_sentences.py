"""What a group is told without anybody to answer to is decided at the door as well."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.administration.operation import begin_maintenance
from bot.intake.tables import InboxUpdate
from rap_engine.memory import ConceptList, Database, User
from tests.integration.bot.chats import Friend, Front
from tests.integration.groups.people import Companion, bot_is_now
from tests.integration.limits.conftest import Choose

pytestmark = pytest.mark.integration


@pytest.fixture
def group(front: Front) -> Companion:
    return Companion(front)


def _faceless(front: Front, group: Companion) -> None:
    """Deliver a command of an anonymous admin."""
    message: dict[str, Any] = {**group.message(text="/help"), "sender_chat": group.chat}
    front.deliver({"message": message})


def _comes(front: Front) -> None:
    bot_is_now(front, "member", was="left")


def _is_used_by(friend: Friend, group: Companion, choose: Choose) -> None:
    """Let the group have a list, of somebody who is let in."""
    choose(access="listed", allowed=str(friend.number))
    group.says("/list")
    group.is_told()


def test_a_listed_bot_says_nothing_to_a_group_of_strangers(
    front: Front, group: Companion, database: Database, choose: Choose
) -> None:
    choose(access="listed")
    _comes(front)
    _faceless(front, group)
    assert group.is_told() == []
    with database.transaction() as session:
        assert session.scalars(select(User.id)).all() == []


def test_who_is_let_in_may_bring_a_listed_bot_along(
    front: Front, group: Companion, choose: Choose
) -> None:
    choose(access="listed", allowed="41")
    _comes(front)
    assert len(group.is_told()) == 1


def test_a_listed_bot_answers_faceless_commands_where_it_is_in_use(
    front: Front, friend: Friend, group: Companion, choose: Choose
) -> None:
    _is_used_by(friend, group, choose)
    _faceless(front, group)
    assert len(group.is_told()) == 1


@pytest.mark.parametrize("happening", ["greeting", "faceless"])
def test_an_open_bot_says_it_once_an_hour(
    front: Front, group: Companion, database: Database, happening: str
) -> None:
    def happen() -> None:
        _comes(front) if happening == "greeting" else _faceless(front, group)

    for _ in range(4):
        happen()
    assert len(group.is_told()) == 1
    with database.transaction() as session:
        session.execute(
            update(InboxUpdate).values(handled_at=func.now() - timedelta(hours=1, minutes=1))
        )
    happen()
    assert len(group.is_told()) == 1


def test_under_maintenance_groups_hear_nothing_and_events_are_followed(
    front: Front, friend: Friend, group: Companion, database: Database, choose: Choose
) -> None:
    _is_used_by(friend, group, choose)
    bot_is_now(front, "left", was="member")
    with database.transaction() as session:
        begin_maintenance(session, "operator", "Back at six.")
    _comes(front)
    _faceless(front, group)
    assert group.is_told() == []
    with database.transaction() as session:
        kept = session.scalars(select(ConceptList).where(ConceptList.kind == "group")).one()
        assert kept.abandoned_at is None
