"""Photos that no job came of fill no disk."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from rap_engine.memory import Database, User
from tests.integration.bot.chats import Friend, Front
from tests.integration.limits.conftest import Choose
from workers.jobs.tables import Job, Upload

pytestmark = pytest.mark.integration


def _kept(database: Database) -> list[int]:
    with database.transaction() as session:
        return list(session.scalars(select(Upload.id).order_by(Upload.id)))


def _age(database: Database, hours: int) -> None:
    with database.transaction() as session:
        session.execute(
            update(Upload).values(created_at=Upload.created_at - timedelta(hours=hours))
        )


def test_photos_without_a_job_count_against_the_day(
    front: Front, friend: Friend, database: Database, choose: Choose, corgi: bytes
) -> None:
    choose(jobs_a_day=2)
    with database.transaction() as session:
        session.add(Upload(user_id=_user_id(friend, database), content=corgi))
    friend.sends(corgi, "/remember")
    fetched = len(front.files.fetched)
    friend.is_told()
    _age(database, 20)
    friend.sends(corgi, "/remember")
    assert friend.is_told()[0].startswith("You have used up your photos and questions for now: 2")
    assert len(front.files.fetched) == fetched
    _age(database, 5)
    friend.sends(corgi, "/remember")
    assert len(front.files.fetched) == fetched + 1


def test_a_flood_of_captions_without_a_name_keeps_one_photo(
    front: Front, friend: Friend, database: Database, corgi: bytes
) -> None:
    for _ in range(5):
        friend.sends(corgi, "/remember")
    assert len(_kept(database)) == 1
    friend.says("Biscuit")
    (job,) = front.jobs()
    assert [job.upload_id] == _kept(database)


def test_what_is_cancelled_leaves_no_photo(
    friend: Friend, database: Database, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember")
    friend.says("/cancel")
    assert _kept(database) == []


def test_a_photo_that_a_job_has_is_not_erased_with_the_dialogue(
    front: Front, friend: Friend, database: Database, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember Biscuit")
    friend.sends(corgi, "/remember")
    friend.says("/cancel")
    (job,) = front.jobs()
    assert _kept(database) == [job.upload_id]


def test_admins_keep_as_many_as_they_like(
    friend: Friend, database: Database, choose: Choose, corgi: bytes
) -> None:
    choose(jobs_a_day=1, admins=str(friend.number))
    for name in ("Biscuit", "Rex"):
        friend.sends(corgi, f"/remember {name}")
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 2


def _user_id(friend: Friend, database: Database) -> int:
    friend.says("/start")
    friend.is_told()
    with database.transaction() as session:
        return session.scalars(select(User.id)).one()
