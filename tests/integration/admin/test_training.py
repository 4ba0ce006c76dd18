"""Training in the chat: what would be done, how far it is, its end, and what is told of that."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select, update

from bot.administration.admins import add_admin, remove_admin
from bot.administration.person import PersonId
from rap_engine.memory.tables import User
from tests.integration.admin.scene import BOSS, DEPUTY, MARKERS, Scene, end_run, know_adapter
from tests.integration.bot.chats import Friend
from workers.jobs.outbox import mark_sent
from workers.jobs.tables import Reply
from workers.jobs.values import Content
from workers.runs.pages import adapter_number
from workers.runs.tables import TrainingRun
from workers.runs.telling import FOLLOW_EVERY, FOLLOW_FOR, tell_ending, tell_progress

pytestmark = pytest.mark.integration


def _says(who: Friend, words: str) -> str:
    who.says(words)
    return who.is_told()[-1]


def _set(scene: Scene, **values: Any) -> None:
    with scene.front.database.transaction() as session:
        session.execute(
            update(TrainingRun).where(TrainingRun.id == scene.ids["run"]).values(**values)
        )


def _runs(scene: Scene) -> list[TrainingRun]:
    with scene.front.database.transaction() as session:
        return list(session.scalars(select(TrainingRun).order_by(TrainingRun.id)))


def _train(scene: Scene, **more: Any) -> None:
    _set(
        scene,
        state="running",
        stage="training",
        step=450,
        steps=1200,
        loss=0.5,
        seconds_left=4000.0,
        leased_until=func.now() + timedelta(minutes=1),
        **more,
    )


def _finish(scene: Scene, state: str = "done", **more: Any) -> None:
    _set(scene, state=state, finished_at=func.now(), leased_until=None, **more)


def _with_plan(scene: Scene, tmp_path: Path, text: str) -> Path:
    file = tmp_path / "plan.toml"
    file.write_text(text)
    settings = scene.front.settings.model_copy(update={"training_plan": file})
    scene.front.settings = settings
    return file


PLAN = """
name = "nightly"
profile = "rap-phi3-v"
[records]
consented = true
sources = [{ layout = "refcoco", folder = "refcoco" }, { layout = "tao", folder = "tao" }]
[trainer]
most_steps = 3000
[gate]
evaluation_set = "photos"
"""


def test_what_would_be_trained_is_shown_and_started_by_a_button(
    scene: Scene, tmp_path: Path
) -> None:
    end_run(scene)
    _with_plan(scene, tmp_path, PLAN)
    with scene.front.database.transaction() as session:
        session.execute(
            update(User).where(User.id == scene.ids["user"]).values(training_agreed_at=func.now())
        )
    told = _says(scene.boss, "/retrain")
    assert "plan nightly, on the base of the profile rap-phi3-v." in told
    assert "Data sets: 2 (refcoco, tao)." in told
    assert "agreed to have trained on: 1, used." in told
    assert "rank 128, learning rate 0.0001, batch 64, epochs: 1, at most 3,000 steps." in told
    assert "One that passes the gate answers at once" in told
    assert len(_runs(scene)) == 1
    scene.boss.taps(scene.boss.buttons()["adm_run_start"])
    first, second = _runs(scene)
    assert (first.state, second.state) == ("cancelled", "queued")
    assert (second.asked_by, second.plan["name"]) == (f"telegram:{BOSS}", "nightly")
    assert scene.boss.is_told()[-1].startswith(f"Run {second.id} (nightly) waits for a trainer")
    assert scene.front.publisher.published[-1] == second.id
    entry = scene.entries()[-1]
    assert (entry.act, entry.subject) == ("run_asked_for", f"run:{second.id}")
    assert entry.details == {"plan": "nightly"}


def test_without_a_plan_of_its_own_it_is_what_people_agreed_to(scene: Scene) -> None:
    end_run(scene)
    told = _says(scene.boss, "/retrain")
    assert "on the base of the profile rap-llava." in told
    assert "Data sets: none." in told
    assert "agreed to have trained on: 0, used." in told
    assert "is not measured and waits until you use it" in told


def test_a_plan_that_changed_since_it_was_shown_is_not_started(
    scene: Scene, tmp_path: Path
) -> None:
    end_run(scene)
    file = _with_plan(scene, tmp_path, PLAN)
    scene.boss.says("/retrain")
    button = scene.boss.buttons()["adm_run_start"]
    file.write_text(PLAN.replace("3000", "30000"))
    scene.boss.taps(button)
    assert scene.boss.is_told()[-1].startswith("The plan has changed since I showed it.")
    assert len(_runs(scene)) == 1


def test_a_plan_that_cannot_be_carried_out_says_why(scene: Scene, tmp_path: Path) -> None:
    _with_plan(scene, tmp_path, PLAN.replace("refcoco", "nobodys"))
    told = _says(scene.boss, "/retrain")
    assert told.startswith("The plan cannot be carried out.")
    assert "plan.toml" in told
    assert "adm_run_start" not in scene.boss.buttons()


def test_the_panel_names_the_commands_of_training(scene: Scene) -> None:
    told = _says(scene.boss, "/admin")
    assert [word for word in ("/retrain", "/runs NUMBER", "/cancel") if word not in told] == []


@pytest.mark.parametrize("state", ["waits for a trainer", "trains now"])
def test_while_a_run_is_unfinished_none_is_offered_but_that_one(scene: Scene, state: str) -> None:
    if state == "trains now":
        _train(scene)
    told, run_id = _says(scene.boss, "/retrain"), scene.ids["run"]
    assert f"Run {run_id} {state}, and only one trains at a time." in told
    assert "Shall I start?" not in told
    assert scene.boss.buttons()["adm_run"] == f"adm_run:{run_id}"
    assert "adm_run_start" not in scene.boss.buttons()


def test_only_one_run_is_unfinished_and_a_refused_one_uses_up_no_number(scene: Scene) -> None:
    run_id = scene.ids["run"]
    scene.boss.taps(f"adm_run_start:{scene.ids['plan']}")
    assert scene.boss.is_told() == [f"Run {run_id} is not finished, and only one trains at a time."]
    assert scene.boss.buttons()["adm_run"] == f"adm_run:{run_id}"
    assert len(_runs(scene)) == 1
    end_run(scene)
    scene.boss.taps(f"adm_run_start:{scene.ids['plan']}")
    assert [run.id for run in _runs(scene)] == [run_id, run_id + 1]


def test_runs_are_listed_with_buttons_to_their_pages(scene: Scene) -> None:
    run_id = scene.ids["run"]
    told = _says(scene.boss, "/runs")
    assert f"run {run_id}: rap, waits, " in told
    assert told.endswith(f"asked for by telegram:{BOSS}")
    scene.boss.taps(scene.boss.buttons()["adm_run"])
    assert scene.boss.is_told()[-1].startswith(f"Run {run_id} (rap) waits for a trainer since ")
    assert _says(scene.boss, f"/runs {run_id}").startswith(f"Run {run_id} (rap) waits")


@pytest.mark.parametrize(
    ("verdict", "answers", "said"),
    [
        ("passed", True, "answers now"),
        ("failed", True, "answers now"),
        ("passed", False, "passed, waits"),
        ("failed", False, "done, did not pass"),
        ("not_measured", False, "done, not measured"),
    ],
)
def test_the_list_says_what_came_of_a_run_that_is_done(
    scene: Scene, verdict: Any, answers: bool, said: str
) -> None:
    know_adapter(scene, "rap-1", verdict, run_id=scene.ids["run"])
    _finish(scene)
    if answers:
        scene.boss.taps(f"adm_adapter_despite:{adapter_number('rap-1')}")
    assert f"run {scene.ids['run']}: rap, {said}, " in _says(scene.boss, "/runs")


def test_the_list_says_that_a_run_failed_or_made_no_adapter(scene: Scene) -> None:
    _finish(scene)
    assert ": rap, done, no adapter, " in _says(scene.boss, "/runs")
    _finish(scene, "failed")
    assert ": rap, failed, " in _says(scene.boss, "/runs")


@pytest.mark.parametrize("words", ["/runs 999999", "/runs 0"])
def test_a_run_that_is_not_there_is_said_to_be_gone(scene: Scene, words: str) -> None:
    assert _says(scene.boss, words) == "There is no such run."


@pytest.mark.parametrize("words", ["/runs all", "/runs -1", "/runs ²", "/runs " + "9" * 500])
def test_what_is_no_number_shows_the_list(scene: Scene, words: str) -> None:
    assert _says(scene.boss, words).startswith("The latest runs, at most 8:")


def test_a_page_shows_stage_bar_step_loss_and_what_is_left(scene: Scene) -> None:
    _train(scene)
    told = _says(scene.boss, f"/runs {scene.ids['run']}").splitlines()
    assert told == [
        f"Run {scene.ids['run']} (rap): training",
        "█" * 7 + "░" * 13 + " 37 %",
        "Step 450 of 1,200, loss 0.5000",
        "About 1 h 6 min left in this stage.",
    ]
    assert list(scene.boss.buttons()) == [
        *("adm_refresh", "adm_run_loss", "adm_run_cancel_ask", "adm_runs"),
    ]


def test_a_page_tells_of_a_smaller_micro_batch_and_of_unknown_steps(scene: Scene) -> None:
    _train(scene, micro_batch=2)
    assert "now 2. What comes of it is the same." in _says(scene.boss, f"/runs {scene.ids['run']}")
    _set(scene, stage="records", step=7, steps=0, seconds_left=None)
    told = _says(scene.boss, f"/runs {scene.ids['run']}")
    assert told.endswith(": making records\n7 so far")
    _set(scene, steps=20)
    assert _says(scene.boss, f"/runs {scene.ids['run']}").endswith(" 35 %\n7 of 20")


@pytest.mark.parametrize("stage", ["records", "training", "measuring"])
def test_before_a_stages_first_step_its_page_says_that_it_is_loaded(
    scene: Scene, stage: str
) -> None:
    _train(scene)
    _set(scene, stage=stage, step=0, steps=0, loss=None, seconds_left=None)
    told = _says(scene.boss, f"/runs {scene.ids['run']}").splitlines()
    assert told[1:] == ["It is being loaded."]


def _picture(scene: Scene) -> Reply:
    _train(scene, report={"losses": [[1, 2.5], [200, 1.0], [450, 0.5]]})
    scene.boss.says(f"/runs {scene.ids['run']}")
    scene.boss.taps(scene.boss.buttons()["adm_run_loss"])
    return scene.front.replies()[-1]


def test_the_loss_is_sent_as_a_picture_below_the_page(scene: Scene) -> None:
    reply = _picture(scene)
    assert scene.boss.is_told()[-1] == (
        f"Run {scene.ids['run']}: training loss 0.5000 at step 450."
    )
    content = Content.from_json(reply.content)
    assert (content.edit_message_id, content.callback_id, content.file_name) == (None, None, "")
    assert reply.photo is not None
    assert Image.open(io.BytesIO(reply.photo)).size == (900, 500)


def test_before_a_loss_there_is_no_picture(scene: Scene) -> None:
    scene.boss.taps(f"adm_run_loss:{scene.ids['run']}")
    assert scene.boss.is_told()[-1] == "There is no loss to draw yet."


def test_cancel_asks_first_and_then_ends_the_run(scene: Scene) -> None:
    _train(scene)
    run_id = scene.ids["run"]
    assert _says(scene.boss, "/cancel").startswith("I am asking you nothing")
    scene.boss.taps(scene.boss.buttons()["adm_run_meant"])
    assert scene.boss.is_told()[-1].startswith(f"Shall run {run_id} (rap) end?")
    assert _runs(scene)[0].cancel_asked_by is None
    scene.boss.taps(scene.boss.buttons()["adm_run_cancel"])
    assert scene.boss.is_told()[-1] == (
        f"Run {run_id} (rap) was asked to end, and does so in a moment."
    )
    assert _runs(scene)[0].cancel_asked_by == f"telegram:{BOSS}"
    assert scene.entries()[-1].act == "run_cancel_asked"
    entries = len(scene.entries())
    scene.boss.taps(f"adm_run_cancel:{run_id}")
    assert len(scene.entries()) == entries


def test_a_run_that_nobody_works_on_ends_at_once(scene: Scene) -> None:
    scene.boss.taps(f"adm_run_cancel:{scene.ids['run']}")
    told = scene.boss.is_told()
    assert len(told) == 1
    assert "as telegram:7 asked. What answers has not changed." in told[0]
    assert _runs(scene)[0].state == "cancelled"


def test_who_asked_for_a_run_is_told_when_another_admin_ends_it(scene: Scene) -> None:
    deputy = Friend(scene.front, DEPUTY)
    deputy.taps(f"adm_run_cancel:{scene.ids['run']}")
    assert "as telegram:66 asked" in deputy.is_told()[-1]
    assert "as telegram:66 asked" in scene.boss.is_told()[-1]


def test_cancel_stops_what_an_admin_is_asked_before_any_run(scene: Scene) -> None:
    scene.boss.says("/remember")
    scene.boss.is_told()
    assert _says(scene.boss, "/cancel") == "Cancelled."
    assert _says(scene.boss, "/cancel").startswith("I am asking you nothing")


def test_cancel_without_a_run_leads_to_none(scene: Scene) -> None:
    end_run(scene)
    assert "looks whether there is one" in _says(scene.boss, "/cancel")
    scene.boss.taps(scene.boss.buttons()["adm_run_meant"])
    assert scene.boss.is_told()[-1] == "No run waits or is under way, so there is none to end."


def test_to_others_and_in_groups_cancel_is_about_no_run(scene: Scene) -> None:
    scene.boss.says("/admin maintenance off")
    assert _says(scene.friend, "/cancel") == "There is nothing to cancel."
    here = Friend(scene.front, BOSS, chat_type="group", chat_number=-5)
    here.says("/cancel@rapbot_test_bot")
    assert here.is_told()[-1] == "There is nothing to cancel."


@pytest.mark.parametrize("words", ["/retrain", "/runs", "/runs 1"])
def test_to_everybody_else_the_commands_are_unknown(scene: Scene, words: str) -> None:
    scene.boss.says("/admin maintenance off")
    scene.boss.is_told()
    before = scene.rows()
    unknown = _says(scene.friend, "/nonsense")
    assert _says(scene.friend, words) == unknown
    here = Friend(scene.front, BOSS, chat_type="group", chat_number=-5)
    here.says(f"{words.split(maxsplit=1)[0]}@rapbot_test_bot")
    here.says("/nonsense@rapbot_test_bot")
    told, nonsense = here.is_told()
    assert told == nonsense
    assert {name: rows for name, rows in scene.rows().items() if name == "training_runs"} == {
        "training_runs": before["training_runs"]
    }


# The message at the end, and pages that follow a run


def _told_of_the_end(scene: Scene) -> str:
    with scene.front.database.transaction() as session:
        tell_ending(session, scene.ids["run"])
    return scene.boss.is_told()[-1]


def test_who_asked_is_told_what_came_of_it_and_rolls_back_in_one_tap(scene: Scene) -> None:
    know_adapter(scene, "rap-1", run_id=scene.ids["run"])
    scene.boss.says("/admin adapter use rap-1")
    _finish(scene)
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
    _finish(scene)
    told = _told_of_the_end(scene)
    assert said in told
    assert ("beside 0.910 of what serves." in told) == (verdict != "passed")
    scene.boss.taps(scene.boss.buttons()["adm_adapter"])
    answers = "Adapter: rap-1." in scene.boss.is_told()[-1]
    assert answers == (verdict == "passed")


def test_one_that_passed_and_was_refused_says_why(scene: Scene) -> None:
    know_adapter(scene, "rap-1", run_id=scene.ids["run"])
    _finish(scene, report={"not_promoted": "The profile rap-llava does not answer now."})
    told = _told_of_the_end(scene)
    assert "passed, and does not answer all the same." in told
    assert told.endswith("The profile rap-llava does not answer now.")


def test_a_failure_and_a_run_without_an_adapter_are_told(scene: Scene) -> None:
    _finish(scene, "failed", error="The plan names {no} sources.")
    assert _told_of_the_end(scene).endswith("The plan names {no} sources.")
    _finish(scene, "done")
    assert _told_of_the_end(scene).endswith("It made no adapter.")


@pytest.mark.parametrize("asked_by", ["operator", "schedule", "telegram:999", "console:nobody"])
def test_a_run_of_nobody_in_a_chat_is_told_to_nobody(scene: Scene, asked_by: str) -> None:
    _finish(scene, asked_by=asked_by)
    replies = len(scene.front.replies())
    with scene.front.database.transaction() as session:
        tell_ending(session, scene.ids["run"])
    assert len(scene.front.replies()) == replies


def test_a_run_that_goes_on_has_no_end_to_tell(scene: Scene) -> None:
    _train(scene)
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
    _train(scene)
    scene.boss.says(f"/runs {scene.ids['run']}")
    scene.boss.is_told()
    _sent(scene)


def test_a_page_follows_its_run_with_one_row(scene: Scene) -> None:
    _page(scene)
    rows = len(scene.front.replies())
    for step in (500, 600):
        _set(scene, step=step)
        assert _follow(scene) == 1
        reply = scene.front.replies()[-1]
        content = Content.from_json(reply.content)
        assert (reply.state, content.edit_message_id) == ("pending", 77)
        assert (content.params or {})["step"] == str(step)
        _sent(scene)
    assert len(scene.front.replies()) == rows


def test_a_page_is_edited_at_most_every_few_seconds(scene: Scene) -> None:
    _page(scene)
    _set(scene, step=500)
    _sent(scene, age=FOLLOW_EVERY - timedelta(seconds=1))
    assert _follow(scene) == 0


def test_an_edit_that_waits_is_not_followed_by_another(scene: Scene) -> None:
    _page(scene)
    _set(scene, step=500)
    assert _follow(scene) == 1
    _set(scene, step=600)
    assert _follow(scene) == 0


def test_a_page_that_says_so_already_is_left_alone(scene: Scene) -> None:
    _page(scene)
    assert _follow(scene) == 0
    assert scene.front.replies()[-1].state == "sent"


def test_a_page_that_was_turned_is_not_turned_back(scene: Scene) -> None:
    _page(scene)
    scene.boss.taps("adm_runs:0", message_id=77)
    _sent(scene)
    _set(scene, step=500)
    assert _follow(scene) == 0
    scene.boss.taps(f"adm_run:{scene.ids['run']}", message_id=77)
    _sent(scene)
    _set(scene, step=600)
    assert _follow(scene) == 1


def test_after_a_while_a_page_follows_no_longer(scene: Scene) -> None:
    _page(scene)
    with scene.front.database.transaction() as session:
        session.execute(update(Reply).values(created_at=func.now() - FOLLOW_FOR))
    _set(scene, step=500)
    assert _follow(scene) == 0


def test_of_a_chats_pages_only_the_newest_follows(scene: Scene) -> None:
    _page(scene)
    scene.boss.says(f"/runs {scene.ids['run']}")
    _sent(scene, message_id=78)
    _set(scene, step=500)
    assert _follow(scene) == 1
    assert Content.from_json(scene.front.replies()[-1].content).edit_message_id == 78


def test_at_the_end_a_page_tells_it_and_follows_nothing_any_more(scene: Scene) -> None:
    _page(scene)
    _finish(scene, "failed", error="no room")
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
    _train(scene, asked_by=f"telegram:{DEPUTY}")
    deputy.says(f"/runs {scene.ids['run']}")
    deputy.is_told()
    _sent(scene)
    return deputy


def _remove_the_deputy(scene: Scene) -> None:
    with scene.front.database.transaction() as session:
        assert remove_admin(session, "operator", PersonId("telegram", str(DEPUTY)))


def _end(scene: Scene) -> None:
    _finish(scene, "failed", error="no room")
    with scene.front.database.transaction() as session:
        tell_ending(session, scene.ids["run"])


def test_who_is_no_admin_any_more_is_told_nothing_of_runs(scene: Scene) -> None:
    deputy = _asked_for_by_the_deputy(scene)
    _remove_the_deputy(scene)
    replies = len(scene.front.replies())
    _set(scene, step=500)
    assert _follow(scene) == 0
    _end(scene)
    assert deputy.is_told() == []
    assert len(scene.front.replies()) == replies


def test_what_waits_for_who_is_no_admin_any_more_is_not_told(scene: Scene) -> None:
    deputy = _asked_for_by_the_deputy(scene)
    _set(scene, step=500)
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
    _set(scene, step=500)
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
    scene.ids["run"] = _runs(scene)[-1].id
    _end(scene)
    assert deputy.is_told()[-1].endswith("no room")


def test_nothing_that_people_wrote_is_told_of_runs(scene: Scene) -> None:
    _page(scene)
    _finish(scene, "failed", error="no room")
    told = _told_of_the_end(scene) + _says(scene.boss, "/retrain") + _says(scene.boss, "/runs")
    assert not [marker for marker in MARKERS if marker in told]
