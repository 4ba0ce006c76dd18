"""What is told of a run: its end, and pages that follow it meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.administration.admins import add_admin, remove_admin
from bot.administration.person import PersonId
from tests.integration.admin.running import all_runs, finish, says, set_run, train
from tests.integration.admin.scene import DEPUTY, MARKERS, Scene, know_adapter
from tests.integration.bot.chats import Friend
from workers.jobs.outbox import mark_sent
from workers.jobs.tables import Reply
from workers.jobs.values import Content
from workers.runs.telling import FOLLOW_EVERY, FOLLOW_FOR, tell_ending, tell_progress

pytestmark = pytest.mark.integration


def _told_of_the_end(scene: Scene) -> str:
    with scene.front.database.transaction() as session:
        tell_ending(session, scene.ids["run"])
    return scene.boss.is_told()[-1]


def test_who_asked_is_told_what_came_of_it_and_rolls_back_in_one_tap(scene: Scene) -> None:
    know_adapter(scene, "rap-1", run_id=scene.ids["run"])
    scene.boss.says("/admin adapter use rap-1")
    finish(scene)
    told = _told_of_the_end(scene)
    assert "Its adapter rap-1 answers now." in told
    assert "Recognition 0.910 → 0.930\nF1 of captions 0.800 → 0.810\nQuestions 0.500" in told
    scene.boss.taps(scene.boss.buttons()["adm_roll_back"])
    assert "second answers from the next job on." in scene.boss.is_told()[-1]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        ("failed", "did not pass the gate, so it does not answer."),
        ("not_measured", "was not measured, so it does not answer."),
        ("passed", "Its adapter rap-1 passed. It does not answer."),
    ],
)
def test_one_that_does_not_answer_says_why_and_offers_to_use_it(
    scene: Scene, verdict: Any, said: str
) -> None:
    know_adapter(scene, "rap-1", verdict, run_id=scene.ids["run"])
    finish(scene)
    told = _told_of_the_end(scene)
    assert said in told
    assert ("beside 0.910 of what serves." in told) == (verdict != "passed")
    scene.boss.taps(scene.boss.buttons()["adm_adapter"])
    answers = "Adapter: rap-1." in scene.boss.is_told()[-1]
    assert answers == (verdict == "passed")


def test_one_that_passed_and_was_refused_says_why(scene: Scene) -> None:
    know_adapter(scene, "rap-1", run_id=scene.ids["run"])
    finish(scene, report={"not_promoted": "The profile rap-llava does not answer now."})
    told = _told_of_the_end(scene)
    assert "passed, and does not answer all the same." in told
    assert told.endswith("The profile rap-llava does not answer now.")


def test_a_failure_and_a_run_without_an_adapter_are_told(scene: Scene) -> None:
    finish(scene, "failed", error="The plan names {no} sources.")
    assert _told_of_the_end(scene).endswith("The plan names {no} sources.")
    finish(scene, "done")
    assert _told_of_the_end(scene).endswith("It made no adapter.")


@pytest.mark.parametrize("asked_by", ["operator", "schedule", "telegram:999", "console:nobody"])
def test_a_run_of_nobody_in_a_chat_is_told_to_nobody(scene: Scene, asked_by: str) -> None:
    finish(scene, asked_by=asked_by)
    replies = len(scene.front.replies())
    with scene.front.database.transaction() as session:
        tell_ending(session, scene.ids["run"])
    assert len(scene.front.replies()) == replies


def test_a_run_that_goes_on_has_no_end_to_tell(scene: Scene) -> None:
    train(scene)
    replies = len(scene.front.replies())
    with scene.front.database.transaction() as session:
        tell_ending(session, scene.ids["run"])
    assert len(scene.front.replies()) == replies


def _sent(scene: Scene, message_id: int = 77, age: timedelta = FOLLOW_EVERY) -> None:
    """All replies went out some time ago; the newest one as a message of that number."""
    with scene.front.database.transaction() as session:
        session.execute(update(Reply).values(state="sent", sent_at=func.now() - age))
        newest = session.scalars(select(Reply.id).order_by(Reply.id.desc()).limit(1)).one()
        mark_sent(session, newest, message_id)
        session.execute(update(Reply).where(Reply.id == newest).values(sent_at=func.now() - age))


def _follow(scene: Scene) -> int:
    with scene.front.database.transaction() as session:
        return tell_progress(session, scene.ids["run"])


def _page(scene: Scene) -> None:
    """An admin looks at a run's page, which reaches their chat."""
    train(scene)
    scene.boss.says(f"/runs {scene.ids['run']}")
    scene.boss.is_told()
    _sent(scene)


def test_a_page_follows_its_run_with_one_row(scene: Scene) -> None:
    _page(scene)
    rows = len(scene.front.replies())
    for step in (500, 600):
        set_run(scene, step=step)
        assert _follow(scene) == 1
        reply = scene.front.replies()[-1]
        content = Content.from_json(reply.content)
        assert (reply.state, content.edit_message_id) == ("pending", 77)
        assert (content.params or {})["step"] == str(step)
        _sent(scene)
    assert len(scene.front.replies()) == rows


def test_a_page_is_edited_at_most_every_few_seconds(scene: Scene) -> None:
    _page(scene)
    set_run(scene, step=500)
    _sent(scene, age=FOLLOW_EVERY - timedelta(seconds=1))
    assert _follow(scene) == 0


def test_an_edit_that_waits_is_not_followed_by_another(scene: Scene) -> None:
    _page(scene)
    set_run(scene, step=500)
    assert _follow(scene) == 1
    set_run(scene, step=600)
    assert _follow(scene) == 0


def test_a_page_that_says_so_already_is_left_alone(scene: Scene) -> None:
    _page(scene)
    assert _follow(scene) == 0
    assert scene.front.replies()[-1].state == "sent"


def test_a_page_that_was_turned_is_not_turned_back(scene: Scene) -> None:
    _page(scene)
    scene.boss.taps("adm_runs:0", message_id=77)
    _sent(scene)
    set_run(scene, step=500)
    assert _follow(scene) == 0
    scene.boss.taps(f"adm_run:{scene.ids['run']}", message_id=77)
    _sent(scene)
    set_run(scene, step=600)
    assert _follow(scene) == 1


def test_after_a_while_a_page_follows_no_longer(scene: Scene) -> None:
    _page(scene)
    with scene.front.database.transaction() as session:
        session.execute(update(Reply).values(created_at=func.now() - FOLLOW_FOR))
    set_run(scene, step=500)
    assert _follow(scene) == 0


def test_of_a_chats_pages_only_the_newest_follows(scene: Scene) -> None:
    _page(scene)
    scene.boss.says(f"/runs {scene.ids['run']}")
    _sent(scene, message_id=78)
    set_run(scene, step=500)
    assert _follow(scene) == 1
    assert Content.from_json(scene.front.replies()[-1].content).edit_message_id == 78


def test_at_the_end_a_page_tells_it_and_follows_nothing_any_more(scene: Scene) -> None:
    _page(scene)
    finish(scene, "failed", error="no room")
    with scene.front.database.transaction() as session:
        tell_ending(session, scene.ids["run"])
    page, letter = scene.front.replies()[-2:]
    assert Content.from_json(page.content).edit_message_id == 77
    assert Content.from_json(page.content).notice == "run_ended.failed"
    assert Content.from_json(letter.content).edit_message_id is None
    _sent(scene)
    assert _follow(scene) == 0


def _asked_for_by_the_deputy(scene: Scene) -> Friend:
    """Another admin asked for the run and looks at its page."""
    deputy = Friend(scene.front, DEPUTY)
    train(scene, asked_by=f"telegram:{DEPUTY}")
    deputy.says(f"/runs {scene.ids['run']}")
    deputy.is_told()
    _sent(scene)
    return deputy


def _remove_the_deputy(scene: Scene) -> None:
    with scene.front.database.transaction() as session:
        assert remove_admin(session, "operator", PersonId("telegram", str(DEPUTY)))


def _end(scene: Scene) -> None:
    finish(scene, "failed", error="no room")
    with scene.front.database.transaction() as session:
        tell_ending(session, scene.ids["run"])


def test_who_is_no_admin_any_more_is_told_nothing_of_runs(scene: Scene) -> None:
    deputy = _asked_for_by_the_deputy(scene)
    _remove_the_deputy(scene)
    replies = len(scene.front.replies())
    set_run(scene, step=500)
    assert _follow(scene) == 0
    _end(scene)
    assert deputy.is_told() == []
    assert len(scene.front.replies()) == replies


def test_what_waits_for_who_is_no_admin_any_more_is_not_told(scene: Scene) -> None:
    deputy = _asked_for_by_the_deputy(scene)
    set_run(scene, step=500)
    assert _follow(scene) == 1
    _end(scene)
    _remove_the_deputy(scene)
    page, letter = (Content.from_json(reply.content) for reply in scene.front.replies()[-2:])
    assert (page.edit_message_id, page.buttons, letter.buttons) == (77, (), ())
    assert {page.notice, letter.notice} == {"run_told_no_more"}
    assert "no room" not in "".join(deputy.is_told())


def test_the_other_admins_pages_follow_on(scene: Scene) -> None:
    _page(scene)
    _remove_the_deputy(scene)
    set_run(scene, step=500)
    assert _follow(scene) == 1
    _end(scene)
    assert scene.boss.is_told()[-1].endswith("no room")


def test_a_run_that_an_admin_asks_for_later_is_told_again(scene: Scene) -> None:
    _asked_for_by_the_deputy(scene)
    _remove_the_deputy(scene)
    _end(scene)
    with scene.front.database.transaction() as session:
        add_admin(session, "operator", PersonId("telegram", str(DEPUTY)))
    deputy = Friend(scene.front, DEPUTY)
    deputy.taps(f"adm_run_start:{scene.ids['plan']}")
    scene.ids["run"] = all_runs(scene)[-1].id
    _end(scene)
    assert deputy.is_told()[-1].endswith("no room")


def test_nothing_that_people_wrote_is_told_of_runs(scene: Scene) -> None:
    _page(scene)
    finish(scene, "failed", error="no room")
    told = _told_of_the_end(scene) + says(scene.boss, "/retrain") + says(scene.boss, "/runs")
    assert not [marker for marker in MARKERS if marker in told]
