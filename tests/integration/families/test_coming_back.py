"""Who was removed, or may only look, does not come back with a link that they had before."""

import pytest

from rap_engine.memory import Database
from tests.integration.families.people import Kin, Relative, invited, joins

pytestmark = pytest.mark.integration
ENDED = "I have revoked the open invites as well"


def test_who_was_removed_is_not_let_in_again_by_the_same_link(
    kin: Kin, carl: Relative, database: Database
) -> None:
    link = invited(kin.anna, "5")
    joins(carl, link)
    kin.anna.taps(f"remove:{kin.list_id}:{carl.id(database)}")
    assert ENDED in kin.anna.is_told()[-1]
    assert joins(carl, link).startswith("That invite does not work")
    assert "Carl" not in kin.roles()


def test_who_was_made_a_viewer_does_not_become_an_editor_by_leaving_and_coming_back(
    kin: Kin, carl: Relative, database: Database
) -> None:
    link = invited(kin.anna, "5")
    joins(carl, link)
    kin.anna.taps(f"make_viewer:{kin.list_id}:{carl.id(database)}")
    assert ENDED in kin.anna.is_told()[-1]
    carl.taps(f"leave:{kin.list_id}")
    assert joins(carl, link).startswith("That invite does not work")


def test_a_viewer_who_becomes_an_editor_ends_no_invite(kin: Kin, database: Database) -> None:
    link = invited(kin.anna, "5")
    kin.anna.taps(f"make_editor:{kin.list_id}:{kin.vera.id(database)}")
    assert ENDED not in kin.anna.is_told()[-1]
    assert "Join" in kin.bert.asks(f"/start {link}") or "already" in kin.bert.asks(f"/start {link}")


def test_removing_somebody_says_nothing_of_invites_where_there_are_none(
    kin: Kin, database: Database
) -> None:
    kin.anna.taps(f"remove:{kin.list_id}:{kin.vera.id(database)}")
    assert kin.anna.is_told()[-1] == "Vera is not in Smiths any more."
