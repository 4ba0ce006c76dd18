"""Who may write to the bot is decided before anything is known about them."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from bot.administration.admins import add_admin
from bot.administration.operation import begin_maintenance, end_maintenance
from bot.administration.person import PersonId
from bot.intake.incoming import Sender
from bot.intake.tables import InboxUpdate
from bot.limits.access import Standing, standing_of
from rap_engine.memory import Database, User
from rap_engine.memory.people import ensure_user
from tests.integration.bot.chats import Friend, Front
from tests.integration.limits.conftest import Choose
from workers.jobs.tables import Reply

pytestmark = pytest.mark.integration

REFUSAL = "I work only for people whom whoever runs me has let in"


def _people(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.scalars(select(User.external_id)))


def _set_access(database: Database, number: int, access: str) -> None:
    with database.transaction() as session:
        user_id = ensure_user(session, "telegram", str(number))
        session.execute(update(User).where(User.id == user_id).values(access=access))


def test_an_open_bot_lets_everybody_in(friend: Friend, database: Database) -> None:
    friend.says("/help")
    assert REFUSAL not in friend.is_told()[0]
    assert _people(database) == ["41"]


def test_a_stranger_gets_one_sentence_with_their_number_and_leaves_no_trace(
    friend: Friend, database: Database, choose: Choose, corgi: bytes
) -> None:
    choose(access="listed")
    friend.says("/start")
    friend.sends(corgi, "/remember Biscuit")
    (told,) = friend.is_told()
    assert REFUSAL in told
    assert told.endswith("41")
    assert _people(database) == []
    with database.transaction() as session:
        (reply,) = session.scalars(select(Reply))
        assert reply.user_id is None
        assert reply.content["is_farewell"]


def test_a_stranger_learns_how_to_reach_the_operator(friend: Friend, choose: Choose) -> None:
    choose(access="listed", contact="@boss")
    friend.says("/start")
    (told,) = friend.is_told()
    assert "41" in told
    assert told.endswith("You reach them so: @boss")


def test_who_is_blocked_learns_how_to_reach_the_operator(
    friend: Friend, database: Database, choose: Choose
) -> None:
    choose(contact="@boss")
    _set_access(database, 41, "blocked")
    friend.says("/list")
    (told,) = friend.is_told()
    assert told.endswith("You reach whoever runs me so: @boss")


def test_a_stranger_who_comes_back_after_an_hour_is_told_again(
    friend: Friend, database: Database, choose: Choose
) -> None:
    choose(access="listed")
    friend.says("/start")
    with database.transaction() as session:
        session.execute(
            update(InboxUpdate).values(handled_at=func.now() - timedelta(hours=1, minutes=1))
        )
    friend.says("/start")
    friend.says("/start")
    assert len(friend.is_told()) == 2


def test_strangers_do_not_silence_each_other(
    friend: Friend, stranger: Friend, choose: Choose
) -> None:
    choose(access="listed")
    friend.says("/start")
    stranger.says("/start")
    assert len(friend.is_told()) == len(stranger.is_told()) == 1


def test_a_refused_tap_is_answered_as_a_tap(front: Front, friend: Friend, choose: Choose) -> None:
    choose(access="listed")
    friend.taps("undo:1")
    (reply,) = front.replies()
    assert reply.content["callback_id"] == "tap"


def test_an_invitation_does_not_open_a_listed_bot(
    friend: Friend, database: Database, choose: Choose
) -> None:
    choose(access="listed")
    friend.says("/start join_sometoken")
    (told,) = friend.is_told()
    assert "an invitation into a family does not do that" in told
    assert _people(database) == []


def test_groups_hear_nothing_of_a_refusal(front: Front, database: Database, choose: Choose) -> None:
    choose(access="listed")
    group = Friend(front, chat_type="group", chat_number=-5)
    group.says("/list@rapbot_test_bot")
    assert group.is_told() == []
    assert _people(database) == []


@pytest.mark.parametrize(
    ("settings", "access", "standing"),
    [
        ({"access": "listed", "allowed": "7, 41"}, "default", Standing.WELCOME),
        ({"access": "listed", "allowed": "7"}, "default", Standing.NOT_LISTED),
        ({"access": "listed"}, "allowed", Standing.WELCOME),
        ({"access": "listed", "allowed": "41"}, "blocked", Standing.BLOCKED),
        ({"access": "open"}, "blocked", Standing.BLOCKED),
        ({"access": "listed", "admins": "41"}, "default", Standing.ADMIN),
        ({"access": "open", "admins": "41"}, "blocked", Standing.ADMIN),
    ],
)
def test_admins_come_before_what_they_said_and_that_before_the_settings(
    front: Front,
    database: Database,
    choose: Choose,
    settings: dict[str, str],
    access: str,
    standing: Standing,
) -> None:
    choose(**settings)
    _set_access(database, 41, access)
    sender = Sender("telegram", "41", "Anna", "en", 41, is_private=True)
    with database.transaction() as session:
        assert standing_of(session, front.settings, sender) is standing


def test_an_admin_by_the_word_of_another_is_always_in(
    friend: Friend, database: Database, choose: Choose
) -> None:
    choose(access="listed")
    with database.transaction() as session:
        add_admin(session, "operator", PersonId("telegram", "41"))
    friend.says("/help")
    assert REFUSAL not in friend.is_told()[0]


def test_the_console_is_open_to_whoever_has_the_machine(
    front: Front, database: Database, choose: Choose
) -> None:
    choose(access="listed")
    sender = Sender("console", "me", "me", "", 1, is_private=True)
    with database.transaction() as session:
        assert standing_of(session, front.settings, sender) is Standing.WELCOME


def test_who_is_blocked_is_told_once(friend: Friend, database: Database) -> None:
    _set_access(database, 41, "blocked")
    for _ in range(2):
        friend.says("/list")
        with database.transaction() as session:
            session.execute(update(InboxUpdate).values(handled_at=func.now() - timedelta(days=1)))
    (told,) = friend.is_told()
    assert told.startswith("Whoever runs me does not want me to answer you.")


@pytest.mark.parametrize("access", ["blocked", "default"])
def test_what_is_held_about_somebody_stays_theirs(
    friend: Friend, database: Database, choose: Choose, access: str
) -> None:
    _set_access(database, 41, access)
    choose(access="listed")
    for command in ("/privacy", "/delete_my_data"):
        friend.says(command)
    friend.taps(friend.buttons()["erase_nothing"])
    told = friend.is_told()
    assert len(told) == 3
    assert not any(REFUSAL in sentence or "Whoever runs me" in sentence for sentence in told)


def test_under_maintenance_everybody_but_admins_gets_the_note(
    friend: Friend, stranger: Friend, database: Database, choose: Choose
) -> None:
    choose(admins="42")
    with database.transaction() as session:
        begin_maintenance(session, "operator", "Back at six.")
    friend.says("/help")
    stranger.says("/help")
    assert friend.is_told()[0].endswith("Back at six.")
    assert "Back at six." not in stranger.is_told()[0]
    assert _people(database) == ["42"]
    with database.transaction() as session:
        end_maintenance(session, "operator")
    friend.says("/help")
    assert "Back at six." not in friend.is_told()[0]


def test_maintenance_without_a_note_has_a_sentence(friend: Friend, database: Database) -> None:
    with database.transaction() as session:
        begin_maintenance(session, "operator", "")
    friend.says("/help")
    (told,) = friend.is_told()
    assert told.startswith("I am being worked on")
