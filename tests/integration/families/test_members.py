"""Roles change, members leave or are removed, families are handed over; each is told."""

import pytest
from sqlalchemy import select, update

from rap_engine.memory import ConceptList, Database, Member
from rap_engine.memory.people import ensure_user
from tests.integration.families.people import Kin, Relative
from workers.jobs.tables import Reply

pytestmark = pytest.mark.integration
NO = "That did not work"


def test_an_editor_becomes_a_viewer_and_is_told(shared: Kin) -> None:
    anna, bert = shared.anna, shared.bert
    bert.is_told()
    anna.says("/family")
    assert anna.presses("Members", "Bert (editor)", "Make viewer") == "Bert is a viewer in Smiths."
    assert shared.roles()["Bert"] == "viewer"
    assert bert.is_told() == [
        "You are a viewer in the family Smiths now: you see all that is in it, but change nothing."
        " If new ones went there, they go into your own list again."
    ]
    assert anna.presses("Make editor") == "Bert is an editor in Smiths."
    # Bert chose the list before. That he may write to it again does not choose it for him.
    assert "your own list (0): you are its owner. New ones go here." in bert.asks("/lists")


def test_a_new_letter_on_a_role_takes_the_place_of_one_that_was_not_read(
    kin: Kin, database: Database
) -> None:
    bert = kin.bert.id(database)
    for _ in range(5):
        kin.anna.taps(f"make_viewer:{kin.list_id}:{bert}")
        kin.anna.taps(f"make_editor:{kin.list_id}:{bert}")
    kin.anna.taps(f"make_viewer:{kin.list_id}:{bert}")
    assert len(kin.bert.is_told()) == 1


def test_what_somebody_was_told_of_their_role_last_is_not_repeated(
    kin: Kin, database: Database
) -> None:
    bert = kin.bert.id(database)
    kin.anna.taps(f"make_viewer:{kin.list_id}:{bert}")
    with database.transaction() as session:
        session.execute(update(Reply).values(state="sent"))
    kin.anna.taps(f"make_editor:{kin.list_id}:{bert}")
    kin.anna.taps(f"make_viewer:{kin.list_id}:{bert}")
    assert ["viewer" in said for said in kin.bert.is_told()] == [True]
    kin.anna.taps(f"make_editor:{kin.list_id}:{bert}")
    assert "You are an editor" in kin.bert.is_told()[-1]


def test_a_letter_on_a_role_leaves_those_on_other_families_alone(
    kin: Kin, database: Database
) -> None:
    bert = kin.bert.id(database)
    kin.anna.says("/family Others")
    with database.transaction() as session:
        others = session.scalars(select(ConceptList.id).where(ConceptList.title == "Others")).one()
        session.add(Member(list_id=others, user_id=bert, role="editor"))
    for list_id in (kin.list_id, others):
        kin.anna.taps(f"make_viewer:{list_id}:{bert}")
    told = kin.bert.is_told()
    assert ["Smiths" in told[0], "Others" in told[1]] == [True, True]


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
    assert bert.is_told()[0].endswith(
        "its owner has removed you. If new ones went there, they go into your own list again."
    )
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


def test_an_owner_who_wants_to_leave_is_shown_the_ways_out(kin: Kin, carl: Relative) -> None:
    kin.anna.says("/family")
    assert kin.anna.presses("Leave").startswith("You own Smiths. Hand it over first")
    assert kin.anna.labels() == ["Members", "Dissolve", "Back"]
    carl.says("/family Loners")
    carl.presses("Leave")
    assert carl.labels() == ["Dissolve", "Back"]


def test_buttons_of_who_was_the_owner_reach_nothing_any_more(kin: Kin, database: Database) -> None:
    bert, vera = kin.bert.id(database), kin.vera.id(database)
    kin.anna.taps(f"hand_over:{kin.list_id}:{bert}")
    kin.bert.taps(f"offer_accept:{kin.list_id}")
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
