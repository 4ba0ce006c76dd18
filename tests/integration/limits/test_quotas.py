"""How much a person, a family and everybody together may ask for."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from bot.limits.quotas import in_words
from bot.limits.usage import day_of_list, waiting_of_all
from rap_engine.memory import ConceptList, Database, Member, User, acting_as
from tests.integration.bot.chats import Friend, Front
from tests.integration.conftest import Person
from tests.integration.limits.conftest import Choose
from tests.standin import StandInWorker
from workers.jobs.queue import enqueue
from workers.jobs.tables import Job, Upload
from workers.jobs.values import AnswerRequest

pytestmark = pytest.mark.integration


@pytest.fixture
def worker(database: Database) -> StandInWorker:
    return StandInWorker(database)


def _user_id(database: Database, friend: Friend) -> int:
    with database.transaction() as session:
        return session.scalars(select(User.id).where(User.external_id == str(friend.number))).one()


def _pass_a_day(database: Database) -> None:
    with database.transaction() as session:
        for table in (Job, Upload):
            a_day_ago = table.created_at - timedelta(hours=24)
            session.execute(update(table).values(created_at=a_day_ago))


def _found_family(database: Database, *friends: Friend) -> int:
    """Make a family that is the active list of all of them."""
    with database.transaction() as session:
        family = ConceptList(kind="family", title="Smiths")
        session.add(family)
        session.flush()
    for place, friend in enumerate(friends):
        friend.says("/start")
        user_id = _user_id(database, friend)
        with database.transaction() as session:
            role = "editor" if place else "owner"
            session.add(Member(list_id=family.id, user_id=user_id, role=role))
            session.execute(update(User).where(User.id == user_id).values(active_list_id=family.id))
        friend.is_told()
    return family.id


def test_a_used_up_day_is_said_before_the_photo_is_fetched(
    front: Front, friend: Friend, database: Database, choose: Choose, corgi: bytes
) -> None:
    choose(jobs_a_day=2)
    for name in ("Biscuit", "Rex"):
        friend.sends(corgi, f"/remember {name}")
    fetched = len(front.files.fetched)
    friend.sends(corgi, "/remember Luna")
    (told,) = friend.is_told()
    assert told == (
        "You have used up your photos and questions for now: 2 in 24 hours. You can send the next"
        " one in 24 h. Nothing that I remember for you is lost."
    )
    assert len(front.files.fetched) == fetched
    _pass_a_day(database)
    friend.sends(corgi, "/remember Luna")
    assert [job.payload["name"] for job in front.jobs()] == ["Biscuit", "Rex", "Luna"]


def test_the_next_one_is_free_when_the_oldest_in_the_way_is_a_day_old(
    friend: Friend, database: Database, choose: Choose, corgi: bytes
) -> None:
    choose(jobs_a_day=2)
    for name, hours in (("Old", 23), ("Middle", 20), ("New", 1)):
        friend.sends(corgi, f"/remember {name}")
        with database.transaction() as session:
            session.execute(
                update(Job)
                .where(Job.payload["name"].astext == name)
                .values(created_at=func.now() - timedelta(hours=hours))
            )
        choose(jobs_a_day=3)
    choose(jobs_a_day=2)
    friend.sends(corgi, "/remember Another")
    assert "in 4 h." in friend.is_told()[-1]


def test_a_question_is_refused_like_a_photo(
    front: Front, friend: Friend, choose: Choose, corgi: bytes
) -> None:
    choose(jobs_a_day=1)
    friend.sends(corgi, "/remember Biscuit")
    friend.says("Who is Biscuit?")
    assert "You have used up" in friend.is_told()[0]
    assert len(front.jobs()) == 1


def test_an_introduction_that_was_refused_can_go_on_later(
    front: Front, friend: Friend, choose: Choose, corgi: bytes
) -> None:
    choose(jobs_a_day=1)
    friend.says("/remember Biscuit: our corgi")
    choose(queue_limit=1, jobs_a_day=1)
    Friend(front, number=77).sends(corgi, "/remember Rex")
    friend.sends(corgi)
    assert friend.is_told()[-1].startswith("I have more to do for everybody")
    choose()
    friend.sends(corgi)
    assert front.jobs()[-1].payload["name"] == "Biscuit"
    assert front.jobs()[-1].payload["info"] == "our corgi"


@pytest.mark.parametrize(("own", "jobs"), [(3, 3), (0, 0)])
def test_an_admin_may_give_a_person_another_limit(
    front: Front,
    friend: Friend,
    database: Database,
    choose: Choose,
    corgi: bytes,
    own: int,
    jobs: int,
) -> None:
    choose(jobs_a_day=1)
    friend.says("/start")
    with database.transaction() as session:
        session.execute(update(User).values(jobs_a_day=own))
    for number in range(4):
        friend.sends(corgi, f"/remember Dog{chr(97 + number)}")
    assert len(front.jobs()) == jobs
    if own == 0:
        assert friend.is_told()[-1].endswith("a day to none.")


def test_admins_have_days_without_end(
    front: Front, friend: Friend, choose: Choose, corgi: bytes
) -> None:
    choose(jobs_a_day=1, admins="41")
    for name in ("Biscuit", "Rex"):
        friend.sends(corgi, f"/remember {name}")
    assert len(front.jobs()) == 2


def test_a_family_shares_its_day_and_each_of_it_may_go_on_elsewhere(
    front: Front,
    friend: Friend,
    stranger: Friend,
    database: Database,
    choose: Choose,
    corgi: bytes,
) -> None:
    choose(family_jobs_a_day=2)
    _found_family(database, friend, stranger)
    for name in ("Biscuit", "Rex"):
        friend.sends(corgi, f"/remember {name}")
    stranger.sends(corgi, "/remember Luna")
    (told,) = stranger.is_told()
    assert told.startswith("Smiths has used up its photos and questions for now: 2 in 24 hours")
    assert "in 24 h" in told
    with database.transaction() as session:
        session.execute(update(User).values(active_list_id=None))
    stranger.sends(corgi, "/remember Luna")
    assert len(front.jobs()) == 3


def test_an_admin_may_give_a_list_another_limit(
    front: Front, friend: Friend, database: Database, corgi: bytes
) -> None:
    family_id = _found_family(database, friend)
    with database.transaction() as session:
        family = session.get_one(ConceptList, family_id)
        family.jobs_a_day = 1
    for name in ("Biscuit", "Rex"):
        friend.sends(corgi, f"/remember {name}")
    assert len(front.jobs()) == 1


def test_so_many_of_a_persons_wait_and_no_more(
    front: Front, friend: Friend, worker: StandInWorker, choose: Choose, corgi: bytes
) -> None:
    choose(most_waiting_jobs=2)
    for name in ("Biscuit", "Rex", "Luna"):
        friend.sends(corgi, f"/remember {name}")
    assert friend.is_told() == [
        "2 of your photos and questions are waiting already, and I answer them one by one. Please"
        " send this one again when you have an answer."
    ]
    worker.work()
    friend.sends(corgi, "/remember Luna")
    assert len(front.jobs()) == 3


def test_a_full_queue_is_full_for_everybody_until_something_ends(
    front: Front,
    friend: Friend,
    stranger: Friend,
    worker: StandInWorker,
    choose: Choose,
    corgi: bytes,
) -> None:
    choose(queue_limit=2, admins="42")
    for name in ("Biscuit", "Rex"):
        friend.sends(corgi, f"/remember {name}")
    stranger.sends(corgi, "/remember Luna")
    assert stranger.is_told() == [
        "I have more to do for everybody than I can take on. Please send this again in a few"
        " minutes."
    ]
    worker.work()
    stranger.sends(corgi, "/remember Luna")
    assert len(front.jobs()) == 3


def test_of_the_jobs_of_others_only_their_number_is_told(
    front: Front, database: Database, anna: Person, bert: Person
) -> None:
    with database.transaction() as session:
        enqueue(session, front.publisher, anna.address, AnswerRequest("?"))
    with database.transaction() as session, acting_as(session, bert.actor):
        assert waiting_of_all(session) == 1
        assert day_of_list(session, front.settings, anna.list_id).used == 0
        assert session.scalars(select(Job.id)).all() == []
    with database.transaction() as session, acting_as(session, anna.actor):
        assert day_of_list(session, front.settings, anna.list_id).used == 1
    with database.transaction() as session:
        assert day_of_list(session, front.settings, anna.list_id).used == 1
        session.execute(text("SET LOCAL ROLE rapbot_user"))
        assert day_of_list(session, front.settings, anna.list_id).used == 0


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(seconds=1), "1 min"),
        (timedelta(minutes=59, seconds=1), "1 h"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(hours=24), "24 h"),
        (timedelta(seconds=-1), "1 min"),
    ],
)
def test_a_wait_is_never_said_to_be_shorter_than_it_is(wait: timedelta, words: str) -> None:
    assert in_words(wait) == words
