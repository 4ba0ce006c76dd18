"""The queue, and failed jobs: retried, or erased."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from tests.integration.admin.scene import Scene, fail
from tests.standin import StandInWorker
from workers.jobs.outbox import mark_sent
from workers.jobs.queue import finish, take
from workers.jobs.recovery import recover_jobs
from workers.jobs.retention import KEEP_UPLOADS
from workers.jobs.tables import Job, Reply, Upload
from workers.jobs.values import Content, Draft, Lease

pytestmark = pytest.mark.integration

APOLOGY = Content(notice="sorry_failed")


def _apologise(scene: Scene, job_id: int) -> int:
    """What became of a job that failed in a worker's hands: an apology that is yet to be sent."""
    with scene.front.database.transaction() as session:
        job = session.get_one(Job, job_id)
        reply = Reply(
            job_id=job_id,
            user_id=job.user_id,
            channel=job.channel,
            chat_id=job.chat_id,
            content=APOLOGY.to_json(),
        )
        session.add(reply)
        session.flush()
        return reply.id


def _told_of(scene: Scene, job_id: int) -> list[str]:
    return [row.state for row in scene.front.replies() if row.job_id == job_id]


def _taken(scene: Scene, job_id: int, lease_s: float = 60.0) -> Lease:
    with scene.front.database.transaction() as session:
        lease = take(session, scene.front.publisher, job_id, lease_s)
    assert lease is not None
    return lease


def test_the_queue_shows_what_waits_and_runs(scene: Scene) -> None:
    _taken(scene, scene.ids["waiting"])
    scene.boss.says("/admin queue")
    (told,) = scene.boss.is_told()
    user = scene.ids["user"]
    assert told.startswith("Jobs: 1 wait, 1 run.\nThe oldest, at most 20:\n")
    assert scene.boss.buttons()["adm_user"] == f"adm_user:{user}"
    assert f"job {scene.ids['waiting']}: answer, running for 0 s, attempt 1, user:{user}" in told


def test_a_queue_of_nothing_has_no_heading(scene: Scene) -> None:
    scene.boss.taps(f"adm_block:{scene.ids['user']}")
    scene.boss.is_told()
    scene.boss.says("/admin queue")
    assert scene.boss.is_told() == ["Jobs: 0 wait, 0 run."]
    assert list(scene.boss.buttons()) == ["adm_refresh", "adm_overview"]


def test_a_failed_job_has_its_buttons_and_only_the_kind_of_its_error(scene: Scene) -> None:
    job_id = scene.ids["failed"]
    scene.boss.says("/admin failed")
    (told,) = scene.boss.is_told()
    assert f"job {job_id}: answer of user:{scene.ids['user']}" in told
    assert told.endswith("\nNameTaken")
    assert f"adm_retry:{job_id}" in _offered(scene)
    assert f"adm_drop:{job_id}" in _offered(scene)


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("its worker died 3 times", "worker_died"),
        ("ValueError('secret words')", "ValueError"),
        ("1 validation error for Zuckerwatte (input)", "other"),
        ("secret", "other"),
    ],
)
def test_an_error_is_shown_by_its_kind(scene: Scene, error: str, shown: str) -> None:
    fail(scene, scene.ids["failed"], error)
    scene.boss.says("/admin failed")
    (told,) = scene.boss.is_told()
    assert told.endswith(f"\n{shown}")


def _offered(scene: Scene) -> list[str]:
    content = Content.from_json(scene.front.replies()[-1].content)
    return [button.data for button in content.buttons]


def test_a_retried_job_is_new_again_and_done_once(scene: Scene) -> None:
    job_id = scene.ids["failed"]
    scene.boss.taps(f"adm_retry:{job_id}")
    assert scene.boss.is_told()[0].startswith(f"Job {job_id} is queued again.")
    job = scene.row(Job, job_id)
    assert (job.state, job.attempt, job.error, job.finished_at) == ("queued", 0, None, None)
    assert scene.front.publisher.published[-1] == job_id
    scene.boss.taps(f"adm_retry:{job_id}")
    assert scene.boss.is_told() == ["That job is not a failed one any more."]
    StandInWorker(scene.front.database).work()
    assert scene.row(Job, job_id).state == "done"
    assert len(_told_of(scene, job_id)) == 1


def test_an_apology_that_is_not_sent_yet_is_taken_back(scene: Scene) -> None:
    job_id = scene.ids["failed"]
    _apologise(scene, job_id)
    scene.boss.taps(f"adm_retry:{job_id}")
    assert _told_of(scene, job_id) == []


def test_one_that_fails_again_apologises_no_second_time(scene: Scene) -> None:
    job_id = scene.ids["failed"]
    reply_id = _apologise(scene, job_id)
    with scene.front.database.transaction() as session:
        mark_sent(session, reply_id, 5)
    scene.boss.taps(f"adm_retry:{job_id}")
    lease = _taken(scene, job_id)
    with scene.front.database.transaction() as session:
        finish(session, scene.front.publisher, lease, [Draft(APOLOGY)], error="again")
    assert _told_of(scene, job_id) == ["sent"]


def test_one_whose_workers_die_again_apologises_no_second_time(scene: Scene) -> None:
    job_id = scene.ids["failed"]
    reply_id = _apologise(scene, job_id)
    with scene.front.database.transaction() as session:
        mark_sent(session, reply_id, 5)
    scene.boss.taps(f"adm_retry:{job_id}")
    _taken(scene, job_id, lease_s=-1.0)
    with scene.front.database.transaction() as session:
        assert recover_jobs(session, scene.front.publisher, max_attempts=1).given_up == 1
    assert _told_of(scene, job_id) == ["sent"]


def test_one_that_is_done_after_an_apology_is_answered(scene: Scene) -> None:
    job_id = scene.ids["failed"]
    reply_id = _apologise(scene, job_id)
    with scene.front.database.transaction() as session:
        mark_sent(session, reply_id, 5)
    scene.boss.taps(f"adm_retry:{job_id}")
    StandInWorker(scene.front.database).work()
    assert _told_of(scene, job_id) == ["sent", "pending"]


def _with_photo(scene: Scene) -> int:
    with scene.front.database.transaction() as session:
        found = select(Job.id).where(Job.kind == "answer", Job.upload_id.is_not(None))
        job_id = session.scalars(found).one()
    fail(scene, job_id, "OutOfMemory('')")
    return job_id


def test_a_job_whose_photo_is_gone_cannot_be_retried(scene: Scene) -> None:
    job_id = _with_photo(scene)
    with scene.front.database.transaction() as session:
        old = func.now() - KEEP_UPLOADS - timedelta(minutes=1)
        session.execute(update(Job).where(Job.id == job_id).values(upload_id=None, created_at=old))
    entries = len(scene.entries())
    scene.boss.taps(f"adm_retry:{job_id}")
    assert scene.boss.is_told() == ["Its photo is not kept any more, so it cannot be done again."]
    assert scene.row(Job, job_id).state == "failed"
    assert len(scene.entries()) == entries


def test_a_dropped_job_is_erased_with_its_photo(scene: Scene) -> None:
    job_id = _with_photo(scene)
    upload_id = scene.row(Job, job_id).upload_id
    scene.boss.taps(f"adm_drop:{job_id}")
    assert scene.boss.is_told()[0].startswith(f"Job {job_id} is erased.")
    assert scene.row(Job, job_id) is None
    assert scene.row(Upload, upload_id) is None
    scene.boss.taps(f"adm_drop:{job_id}")
    assert scene.boss.is_told() == ["That job is not a failed one any more."]


def test_a_photo_that_another_job_needs_stays(scene: Scene) -> None:
    job_id = _with_photo(scene)
    upload_id = scene.row(Job, job_id).upload_id
    with scene.front.database.transaction() as session:
        session.execute(
            update(Job).where(Job.id == scene.ids["waiting"]).values(upload_id=upload_id)
        )
    scene.boss.taps(f"adm_drop:{job_id}")
    assert scene.row(Upload, upload_id) is not None


def test_a_job_that_waits_is_neither_retried_nor_dropped(scene: Scene) -> None:
    before = scene.rows()
    scene.boss.taps(f"adm_retry:{scene.ids['waiting']}")
    scene.boss.taps(f"adm_drop:{scene.ids['waiting']}")
    assert scene.rows() == before


def test_long_queues_are_cut_to_a_message(scene: Scene) -> None:
    with scene.front.database.transaction() as session:
        session.add_all(
            Job(
                kind="answer",
                user_id=scene.ids["guest"],
                channel="telegram",
                chat_id=42,
                payload={"question": "?"},
            )
            for _ in range(200)
        )
    scene.boss.says("/admin queue")
    (told,) = scene.boss.is_told()
    assert told.startswith("Jobs: 202 wait, 0 run.")
    assert len(told.splitlines()) == 22
    assert len(scene.boss.buttons()) == 3
