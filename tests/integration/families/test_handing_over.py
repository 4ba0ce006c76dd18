"""A family changes hands when the member to whom it is offered accepts, and not before."""

import pytest

from rap_engine.memory import Actor, Database, acting_as
from rap_engine.memory.families import MOST_FAMILIES, found_family
from rap_engine.memory.people import ensure_user
from tests.integration.bot.chats import CHANNEL
from tests.integration.families.people import Kin, Relative, invited, joins

pytestmark = pytest.mark.integration
NO = "That did not work"


def _offered(kin: Kin) -> Kin:
    kin.anna.taps(f"hand_over:{kin.list_id}:{kin.bert.id(kin.database)}")
    kin.anna.is_told()
    return kin


def test_a_family_is_offered_after_two_questions_and_changes_hands_when_it_is_accepted(
    kin: Kin,
) -> None:
    anna, bert = kin.anna, kin.bert
    anna.says("/family")
    assert "Offer Smiths to Bert?" in anna.presses(
        "Members", "Bert (editor)", "Hand the family over"
    )
    assert "Are you sure?" in anna.presses("Offer")
    assert bert.is_told() == []
    assert "I have asked Bert. Smiths stays yours" in anna.presses("Yes, offer")
    assert kin.roles()["Anna"] == "owner"
    assert "Anna would like to hand the family Smiths over to you" in bert.is_told()[-1]
    anna.is_told()
    assert "You own Smiths now." in bert.presses("Accept")
    assert kin.roles() == {"Anna": "editor", "Bert": "owner", "Vera": "viewer"}
    assert anna.is_told() == ["Bert has accepted: Bert owns Smiths now, and you are an editor."]


def test_who_says_no_owns_nothing_and_the_owner_is_told(kin: Kin) -> None:
    _offered(kin)
    assert kin.bert.presses("No") == "Smiths stays as it is."
    assert kin.anna.is_told() == ["Bert does not want to own the family Smiths. It stays yours."]
    kin.bert.taps(f"offer_accept:{kin.list_id}")
    assert kin.bert.is_told()[-1].startswith(NO)
    assert kin.roles()["Anna"] == "owner"


def test_nobody_but_the_member_who_was_asked_accepts(kin: Kin, carl: Relative) -> None:
    _offered(kin)
    for who in (kin.anna, kin.vera, carl):
        for answer in ("offer_accept", "offer_decline"):
            who.taps(f"{answer}:{kin.list_id}")
            assert who.is_told()[-1].startswith(NO)
    kin.bert.taps(f"offer_accept:{kin.list_id}")
    assert kin.roles()["Bert"] == "owner"


@pytest.mark.parametrize("how", ["role", "role_of_another", "other", "removed", "left"])
def test_an_offer_that_was_taken_back_is_accepted_by_nobody(
    kin: Kin, database: Database, how: str
) -> None:
    _offered(kin)
    list_id, bert, vera = kin.list_id, kin.bert.id(database), kin.vera.id(database)
    acts = {
        "role": (kin.anna, f"make_viewer:{list_id}:{bert}"),
        "role_of_another": (kin.anna, f"make_editor:{list_id}:{vera}"),
        "other": (kin.anna, f"hand_over:{list_id}:{vera}"),
        "removed": (kin.anna, f"remove:{list_id}:{bert}"),
        "left": (kin.bert, f"leave:{list_id}"),
    }
    who, data = acts[how]
    who.taps(data)
    if how in ("removed", "left"):
        joins(kin.bert, invited(kin.anna))
    kin.bert.taps(f"offer_accept:{list_id}")
    assert kin.bert.is_told()[-1].startswith(NO)
    assert kin.roles()["Anna"] == "owner"


def test_who_owns_as_many_as_one_may_accepts_no_other(kin: Kin, database: Database) -> None:
    _offered(kin)
    bert = Actor(kin.bert.id(database))
    with database.transaction() as session, acting_as(session, bert):
        for number in range(MOST_FAMILIES):
            found_family(session, bert, f"Number {number}")
    kin.bert.taps(f"offer_accept:{kin.list_id}")
    assert kin.bert.is_told()[-1].startswith("You own 5 families")
    assert kin.roles()["Anna"] == "owner"


def test_an_offer_is_asked_once_however_often_it_is_made(kin: Kin) -> None:
    for _ in range(5):
        _offered(kin)
    assert len(kin.bert.is_told()) == 1


def test_invites_of_who_owned_it_end_with_the_hand_over(kin: Kin, carl: Relative) -> None:
    link = invited(kin.anna, "5")
    _offered(kin)
    kin.bert.taps(f"offer_accept:{kin.list_id}")
    assert joins(carl, link).startswith("That invite does not work")


def test_a_family_cannot_be_offered_to_a_stranger(kin: Kin, database: Database) -> None:
    with database.transaction() as session:
        dora = ensure_user(session, CHANNEL, "77", "Dora")
    kin.anna.taps(f"hand_over:{kin.list_id}:{dora}")
    assert kin.anna.is_told()[-1].startswith(NO)
