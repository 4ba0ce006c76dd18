"""/usage: what of which limit is used."""

import pytest
from sqlalchemy import select

from rap_engine.memory import ConceptList, Database, Member, User
from tests.integration.bot.chats import Friend
from tests.integration.limits.conftest import Choose
from tests.standin import StandInWorker

pytestmark = pytest.mark.integration


@pytest.fixture
def worker(database: Database) -> StandInWorker:
    return StandInWorker(database)


def test_says_what_of_which_limit_is_used(
    friend: Friend, worker: StandInWorker, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember Biscuit")
    worker.work()
    friend.sends(corgi, "/remember Rex")
    friend.is_told()
    friend.says("/usage")
    assert friend.is_told() == [
        "Photos and questions in the last 24 hours: 2 of 200\n"
        "Waiting for an answer: 1 of 10\n"
        "\n"
        "Your own list\n"
        "Pets, friends and things: 1 of 500\n"
        "Photos: 1 of 500 MB"
    ]


def test_a_family_has_a_day_of_its_own_and_others_do_not_see_it(
    friend: Friend, stranger: Friend, database: Database
) -> None:
    friend.says("/start")
    with database.transaction() as session:
        family = ConceptList(kind="family", title="Smiths", jobs_a_day=50, most_bytes=9_000_000)
        session.add(family)
        session.flush()
        user_id = session.scalars(select(User.id)).one()
        session.add(Member(list_id=family.id, user_id=user_id, role="owner"))
    friend.says("/usage")
    stranger.says("/usage")
    assert friend.is_told()[-1].endswith(
        "\n\nSmiths\n"
        "Pets, friends and things: 0 of 500\n"
        "Photos: 0 of 9 MB\n"
        "Photos and questions in the last 24 hours: 0 of 50"
    )
    assert "Smiths" not in stranger.is_told()[-1]


def test_says_when_a_used_up_day_is_free_again(
    friend: Friend, choose: Choose, corgi: bytes
) -> None:
    choose(jobs_a_day=1)
    friend.sends(corgi, "/remember Biscuit")
    friend.says("/usage")
    assert friend.is_told()[-1].startswith(
        "Photos and questions in the last 24 hours: 1 of 1\nThe next one can be sent in 24 h.\n"
    )


def test_an_admin_is_told_that_there_is_no_limit(friend: Friend, choose: Choose) -> None:
    choose(admins="41")
    friend.says("/usage")
    assert "As an admin you have no limit." in friend.is_told()[-1]
