"""How much a list may hold."""

import pytest
from sqlalchemy import update

from rap_engine.errors import QuotaExceeded
from rap_engine.memory import ConceptList, Database, acting_as
from rap_engine.memory.usage import Held, check_room, held_in
from tests.integration.bot.chats import Friend, Front
from tests.integration.conftest import Person
from tests.integration.groups.people import Companion
from tests.integration.limits.conftest import Choose
from tests.integration.memory.builders import remember
from tests.services import no_settings
from tests.standin import StandInWorker

pytestmark = pytest.mark.integration

FULL = "There is no room left"


@pytest.fixture
def worker(database: Database) -> StandInWorker:
    return StandInWorker(database)


def test_a_full_list_takes_no_concept_until_one_is_forgotten(
    front: Front, friend: Friend, worker: StandInWorker, choose: Choose, corgi: bytes
) -> None:
    choose(most_concepts=1)
    friend.sends(corgi, "/remember Biscuit")
    worker.work()
    friend.sends(corgi, "/remember Rex")
    assert friend.is_told()[-1].startswith(
        "There is no room left: a list can hold 1 pets, friends and things. /forget makes room for"
        " another"
    )
    friend.says("/forget Biscuit")
    friend.sends(corgi, "/remember Rex")
    assert front.jobs()[-1].payload["name"] == "Rex"


def test_what_is_on_its_way_takes_room_already(
    front: Front, friend: Friend, choose: Choose, corgi: bytes
) -> None:
    choose(most_concepts=2)
    for name in ("Biscuit", "Rex", "Luna"):
        friend.sends(corgi, f"/remember {name}")
    assert len(front.jobs()) == 2
    assert FULL in friend.is_told()[-1]


def test_what_other_members_have_on_its_way_takes_room_too(
    front: Front, choose: Choose, corgi: bytes
) -> None:
    choose(most_concepts=2)
    anna, bert = Companion(front), Companion(front, number=42)
    for member, name in ((anna, "Biscuit"), (bert, "Rex"), (anna, "Luna")):
        member.sends(corgi, f"/remember {name}")
    assert [job.payload["name"] for job in front.jobs()] == ["Biscuit", "Rex"]
    assert FULL in anna.is_told()[-1]


def test_a_full_list_takes_further_photos_of_those_in_it(
    front: Front, friend: Friend, worker: StandInWorker, choose: Choose, corgi: bytes
) -> None:
    choose(most_concepts=1)
    friend.sends(corgi, "/remember Biscuit")
    worker.work()
    friend.sends(corgi, "/remember Biscuit")
    friend.taps(friend.buttons()["add_view"])
    assert len(front.jobs()) == 2


@pytest.mark.parametrize("again", ["/remember Rex", "/remember Biscuit"])
def test_photos_have_so_many_bytes_and_no_more(
    front: Front,
    friend: Friend,
    worker: StandInWorker,
    database: Database,
    corgi: bytes,
    again: str,
) -> None:
    friend.sends(corgi, "/remember Biscuit")
    worker.work()
    with database.transaction() as session:
        session.execute(update(ConceptList).values(most_bytes=2 * len(corgi) - 1))
    friend.sends(corgi, again)
    if "add_view" in friend.buttons():
        friend.taps(friend.buttons()["add_view"])
    assert FULL in friend.is_told()[-1]
    assert len(front.jobs()) == 1
    with database.transaction() as session:
        session.execute(update(ConceptList).values(most_bytes=2 * len(corgi)))
    friend.sends(corgi, "/remember Luna")
    assert len(front.jobs()) == 2


def test_an_admin_may_give_a_list_more_room_than_the_settings(
    database: Database, anna: Person, bert: Person
) -> None:
    for person in (anna, bert):
        for name in ("Rex", "Luna"):
            remember(database, person.user_id, person.list_id, name)
    with database.transaction() as session:
        session.get_one(ConceptList, anna.list_id).most_concepts = 4
    settings = no_settings().model_copy(update={"most_concepts": 2})
    with database.transaction() as session, acting_as(session, anna.actor):
        assert held_in(session, anna.list_id) == Held(2, 2 * len(b"jpeg"))
        check_room(session, settings, anna.list_id, concepts=2)
        with pytest.raises(QuotaExceeded) as refused:
            check_room(session, settings, anna.list_id, concepts=3)
        assert (refused.value.reason, refused.value.params) == ("concepts", {"most": "4"})
    with (
        database.transaction() as session,
        acting_as(session, bert.actor),
        pytest.raises(QuotaExceeded),
    ):
        check_room(session, settings, bert.list_id)


def test_a_stranger_learns_nothing_of_what_a_list_holds(
    database: Database, anna: Person, bert: Person
) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    with database.transaction() as session, acting_as(session, bert.actor):
        assert held_in(session, anna.list_id) == Held(0, 0)
