"""A group's jobs, done by the real engine."""

import pytest

from rap_engine.engine import Engine
from rap_engine.memory import Database
from tests.integration.bot.chats import Front
from tests.integration.engine.colours import colour_profile, photo
from tests.integration.groups.people import Companion, service
from tests.integration.hosts import host_of
from workers.runner import Runner
from workers.tasks.answer import answer
from workers.tasks.remember import remember

pytestmark = pytest.mark.integration


@pytest.fixture
def runner(database: Database, front: Front) -> Runner:
    host = host_of(Engine(database, colour_profile()))
    return Runner(database, host, front.publisher, lease_s=60.0, time_limit_s=60.0)


def _work(front: Front, runner: Runner) -> None:
    for job in front.jobs():
        if job.state == "queued":
            runner.run(job.id, remember if job.kind == "remember" else answer)


def test_a_group_is_answered_from_what_it_was_told(
    front: Front, runner: Runner, anna: Companion, bert: Companion
) -> None:
    alone = anna.privately()
    alone.sends(photo("red"), "/remember Diary: what I think of you all")
    anna.sends(photo("blue"), "/remember Biscuit: he is nine")
    _work(front, runner)
    assert anna.is_told()[0].startswith("I will know Biscuit by this. Show me another photo:")
    bert.sends(photo("red", "blue"), "/ask")
    _work(front, runner)
    (told,) = bert.is_told()[1:]
    assert "Biscuit" in told
    assert "Diary" not in told


def test_a_follow_up_means_the_photo_that_another_member_showed(
    front: Front, runner: Runner, anna: Companion, bert: Companion
) -> None:
    anna.sends(photo("blue"), "/remember Biscuit")
    _work(front, runner)
    anna.sends(photo("red", "blue"), "/ask who is this?")
    _work(front, runner)
    bert.answers("where is Biscuit?")
    _work(front, runner)
    assert bert.is_told()[-1] == "Biscuit is on the right."


def test_who_left_in_the_middle_of_a_job_adds_nothing_and_learns_nothing(
    front: Front, runner: Runner, anna: Companion, bert: Companion
) -> None:
    anna.sends(photo("blue"), "/remember Biscuit: he is nine")
    _work(front, runner)
    bert.sends(photo("red"), "/remember Rex")
    bert.says("/ask how old is Biscuit?")
    service(front, left_chat_member=bert.user)
    _work(front, runner)
    _work(front, runner)
    assert all("nine" not in told for told in bert.is_told())
    anna.says("/list")
    assert "Rex" not in anna.is_told()[-1]
