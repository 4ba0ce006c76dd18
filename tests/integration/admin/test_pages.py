"""Stats, maintenance, the profile in service and the log."""

from datetime import timedelta

import pytest
from sqlalchemy import func, update

from bot.administration import audit
from bot.administration.operation import read_maintenance
from rap_engine.memory.in_service import put_into_service, wish_for
from tests.integration.admin.scene import Scene, fail
from tests.integration.bot.chats import Friend, Front
from workers.jobs.tables import Job

pytestmark = pytest.mark.integration


def _ask(boss: Friend, words: str) -> str:
    boss.says(f"/admin {words}".strip())
    return boss.is_told()[-1]


def test_stats_count(scene: Scene) -> None:
    """Four people; one with a concept and four jobs, of which one failed."""
    fail(scene, scene.ids["failed"], "OutOfMemory('')")
    with scene.front.database.transaction() as session:
        started = Job.created_at + timedelta(seconds=2)
        session.execute(
            update(Job)
            .where(Job.finished_at.is_not(None))
            .values(started_at=started, finished_at=started + timedelta(seconds=7))
        )
        week = func.now() - timedelta(days=3)
        session.execute(update(Job).where(Job.id == scene.ids["waiting"]).values(created_at=week))
    told = _ask(scene.boss, "stats")
    assert "People: 4, active in the last day 1, in the last week 1." in told
    assert "Families: 0, groups: 0." in told
    assert "Concepts: 1, views: 1, photos: 0.0 MB, the whole database: " in told
    assert "Jobs: 3 in the last day, 4 in the last week." in told
    assert "waited less than 2.0 s / 2.0 s, and ran less than 7.0 s / 7.0 s." in told
    assert "Failures of the last week: OutOfMemory 1." in told


def test_stats_of_nothing_are_readable(boss: Friend) -> None:
    told = _ask(boss, "stats")
    assert "waited less than none, and ran less than none." in told
    assert "Failures" not in told


def test_maintenance_begins_with_a_note_and_ends(front: Front, boss: Friend) -> None:
    anna = Friend(front, 41)
    assert _ask(boss, "maintenance").startswith("There is no maintenance.")
    assert "until noon {x}" in _ask(boss, "maintenance on until noon {x}")
    anna.says("/start")
    assert "until noon {x}" in anna.is_told()[-1]
    boss.says("/start")
    assert "Hello!" in boss.is_told()[-1]
    assert _ask(boss, "maintenance off").startswith("There is no maintenance.")
    anna.says("/start")
    assert "Hello!" in anna.is_told()[-1]


def test_maintenance_without_a_note_has_a_sentence_of_the_bots(front: Front, boss: Friend) -> None:
    boss.says("/admin maintenance")
    boss.taps("adm_maintain:0")
    assert "(my own sentence)" in boss.is_told()[-1]
    with front.database.transaction() as session:
        assert read_maintenance(session) == ""
    boss.taps("adm_resume:0")
    with front.database.transaction() as session:
        assert read_maintenance(session) is None


def test_a_note_that_is_too_long_changes_nothing(front: Front, boss: Friend) -> None:
    assert _ask(boss, "maintenance on " + "x" * 501) == "A note has at most 500 characters."
    with front.database.transaction() as session:
        assert read_maintenance(session) is None


def test_the_end_of_no_maintenance_is_not_logged(scene: Scene) -> None:
    _ask(scene.boss, "maintenance off")
    entries = len(scene.entries())
    _ask(scene.boss, "maintenance off")
    assert len(scene.entries()) == entries


def test_before_a_worker_was_started_nothing_answers(boss: Friend) -> None:
    assert _ask(boss, "profile") == "Nothing answers yet: no worker was started."
    assert _ask(boss, "adapter none") == "Nothing answers yet: no worker was started."
    assert _ask(boss, "adapter back") == "Nothing answers yet: no worker was started."


def test_the_profile_shows_its_cutoff_and_who_chooses_it(front: Front, boss: Friend) -> None:
    with front.database.transaction() as session:
        wish_for(session, "starter")
    told = _ask(boss, "profile")
    assert told.startswith("The profile starter answers since ")
    assert "Adapter: none. Cutoff: 0." in told
    assert "All 0 views have keys of efficientnet-lite0-mirrored-1." in told
    assert "This profile takes no adapters" in told
    assert "chosen by RAPBOT_PROFILE" in told


def test_a_profile_that_is_wanted_shows_how_far_it_is(scene: Scene) -> None:
    with scene.front.database.transaction() as session:
        put_into_service(session, "starter")
        wish_for(session, "rap-llava")
    told = _ask(scene.boss, "profile")
    assert "The profile rap-llava is wanted" in told
    assert "0 of 1 views have keys of open-clip-" in told


def test_a_profile_that_the_bot_cannot_read_is_shown_all_the_same(
    front: Front, boss: Friend
) -> None:
    with front.database.transaction() as session:
        wish_for(session, "of-another-machine")
    told = _ask(boss, "profile")
    assert told.startswith("The profile of-another-machine answers")
    assert "Cutoff: not known here." in told


def test_the_log_is_read_page_by_page(front: Front, boss: Friend) -> None:
    with front.database.transaction() as session:
        for number in range(45):
            audit.note(session, "operator", "tested", f"number:{number}", of=45)
    first = _ask(boss, "audit").splitlines()
    assert len(first) == 21
    assert first[1].endswith("operator tested number:44 of=45")
    pages = [first]
    while "adm_audit" in boss.buttons():
        boss.taps(boss.buttons()["adm_audit"])
        pages.append(boss.is_told()[-1].splitlines())
    assert [len(page) for page in pages] == [21, 21, 6]
    assert pages[-1][-1].endswith("number:0 of=45")
    boss.taps("adm_audit:1")
    assert boss.is_told() == ["There are no entries, or none older."]


def test_what_is_longer_than_a_message_is_cut(front: Front, boss: Friend) -> None:
    with front.database.transaction() as session:
        for _ in range(20):
            audit.note(session, "operator", "tested", "x" * 300)
    told = _ask(boss, "audit")
    assert len(told) < 4096
    assert told.endswith("… and 10 more.")
