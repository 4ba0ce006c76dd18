"""Roles change, members leave or are removed, families are handed over; each is told."""

import pytest
from sqlalchemy import select

from rap_engine.memory import Database, Member
from rap_engine.memory.people import ensure_user
from tests.integration.families.people import Kin, Relative
from workers.jobs.tables import Reply

pytestmark = pytest.mark.integration
NO = "That did not work"


def test_an_editor_becomes_a_viewer_and_is_told(shared: Kin) -> None:
    anna, bert = shared.anna, shared.bert
    bert.is_told()
    anna.says("/family")
    assert anna.presses("Members", "Bert (editor)", "Make viewer") == "Bert is viewer in Smiths."
    assert shared.roles()["Bert"] == "viewer"
    assert bert.is_told() == [
        "You are a viewer in the family Smiths now: you see all that is in it, but change nothing."
    ]
    assert anna.presses("Make editor") == "Bert is editor in Smiths."
    # Bert chose the list before. That he may write to it again does not choose it for him.
    assert "your own list (0): you are owner. New ones go here." in bert.asks("/lists")


def test_who_is_removed_is_told_and_sees_nothing_any_more(shared: Kin) -> None:
    anna, bert = shared.anna, shared.bert
    shared.tells(anna, "Biscuit: our corgi")
    assert "Biscuit" in bert.asks("/list")
    anna.says("/family")
    question = anna.presses("Members", "Bert (editor)", "Remove")
    assert question == "Remove Bert from Smiths? What Bert added stays."
    assert "Bert" in shared.roles()
    bert.is_told()
    assert anna.presses("Remove") == "Bert is not in Smiths any more."
    assert "Bert" not in shared.roles()
    assert "its owner has removed you" in bert.is_told()[0]
    assert "I do not remember anybody yet" in bert.asks("/list")
    assert not shared.recognises(bert, "red")


def test_leaving_is_asked_and_the_owner_is_told(kin: Kin) -> None:
    kin.vera.says("/family")
    assert "Leave Smiths?" in kin.vera.presses("Leave")
    kin.anna.is_told()
    assert kin.vera.presses("Leave") == "You have left Smiths."
    assert kin.anna.is_told() == ["Vera has left the family Smiths."]
    assert "no family yet" in kin.vera.asks("/family")


def test_an_owner_cannot_leave(kin: Kin) -> None:
    for action in ("leave_ask", "leave"):
        kin.anna.taps(f"{action}:{kin.list_id}")
        assert kin.anna.is_told()[-1].startswith("You own Smiths. Hand it over first")
    assert kin.roles()["Anna"] == "owner"


def test_a_family_is_handed_over_after_two_questions(kin: Kin) -> None:
    anna, bert = kin.anna, kin.bert
    anna.says("/family")
    assert "Hand Smiths over to Bert?" in anna.presses(
        "Members", "Bert (editor)", "Hand the family over"
    )
    assert "Are you sure?" in anna.presses("Hand over")
    assert kin.roles()["Anna"] == "owner"
    bert.is_told()
    assert anna.presses("Yes, hand over") == "Bert owns Smiths now, and you are an editor."
    assert kin.roles() == {"Anna": "editor", "Bert": "owner", "Vera": "viewer"}
    assert bert.is_told() == ["Anna has handed the family Smiths over to you: you own it now."]


def test_buttons_of_who_was_the_owner_reach_nothing_any_more(kin: Kin, database: Database) -> None:
    bert, vera = kin.bert.id(database), kin.vera.id(database)
    kin.anna.taps(f"hand_over:{kin.list_id}:{bert}")
    kin.anna.is_told()
    old = [
        f"hand_over:{kin.list_id}:{vera}",
        f"hand_over:{kin.list_id}:{bert}",
        f"remove:{kin.list_id}:{vera}",
        f"remove:{kin.list_id}:{bert}",
        f"make_editor:{kin.list_id}:{vera}",
        f"members:{kin.list_id}",
        f"invite_editor:{kin.list_id}:1",
        f"dissolve_take:{kin.list_id}",
        f"dissolve_give:{kin.list_id}",
        f"dissolve_erase:{kin.list_id}",
    ]
    for data in old:
        kin.anna.taps(data)
    assert [said.startswith(NO) for said in kin.anna.is_told()] == [True] * len(old)
    assert kin.roles() == {"Anna": "editor", "Bert": "owner", "Vera": "viewer"}


@pytest.mark.parametrize("action", ["remove", "make_viewer", "hand_over", "member"])
def test_an_owner_does_nothing_of_that_to_themselves(
    kin: Kin, database: Database, action: str
) -> None:
    kin.anna.taps(f"{action}:{kin.list_id}:{kin.anna.id(database)}")
    assert kin.anna.is_told()[-1].startswith(NO)
    assert kin.roles()["Anna"] == "owner"


@pytest.mark.parametrize(
    "action", ["member", "remove_ask", "remove", "make_viewer", "make_editor", "hand_over"]
)
@pytest.mark.parametrize("who", ["bert", "vera"])
def test_other_members_change_nobody(kin: Kin, database: Database, action: str, who: str) -> None:
    relative: Relative = getattr(kin, who)
    before = kin.roles()
    for other in (kin.anna, kin.bert, kin.vera):
        relative.taps(f"{action}:{kin.list_id}:{other.id(database)}")
    assert all(said.startswith(NO) for said in relative.is_told())
    assert kin.roles() == before


def test_a_stranger_is_removed_from_nowhere_and_told_nothing(
    kin: Kin, database: Database, carl: Relative
) -> None:
    carl.says("/start")
    carl.is_told()
    kin.anna.taps(f"remove:{kin.list_id}:{carl.id(database)}")
    assert kin.anna.is_told()[-1].startswith(NO)
    assert carl.is_told() == []


def test_a_member_at_a_console_is_told_there(kin: Kin, database: Database) -> None:
    with database.transaction() as session:
        dora = ensure_user(session, "console", "dora", "Dora")
        session.add(Member(list_id=kin.list_id, user_id=dora, role="viewer"))
    kin.anna.taps(f"remove:{kin.list_id}:{dora}")
    with database.transaction() as session:
        told = session.scalars(select(Reply).where(Reply.user_id == dora)).one()
    assert (told.channel, told.chat_id) == ("console", dora)
    assert told.content["notice"] == "letter_removed"
