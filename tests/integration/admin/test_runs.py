"""/runs and /cancel: how far a run is, and how it is ended."""

import io
from typing import Any

import pytest
from PIL import Image

from tests.integration.admin.running import all_runs, finish, says, set_run, train
from tests.integration.admin.scene import BOSS, DEPUTY, Scene, end_run, know_adapter
from tests.integration.bot.chats import Friend
from workers.jobs.tables import Reply
from workers.jobs.values import Content
from workers.runs.pages import adapter_number

pytestmark = pytest.mark.integration


def test_runs_are_listed_with_buttons_to_their_pages(scene: Scene) -> None:
    run_id = scene.ids["run"]
    told = says(scene.boss, "/runs")
    assert f"run {run_id}: rap, waits, " in told
    assert told.endswith(f"asked for by telegram:{BOSS}")
    scene.boss.taps(scene.boss.buttons()["adm_run"])
    assert scene.boss.is_told()[-1].startswith(f"Run {run_id} (rap) waits for a trainer since ")
    assert says(scene.boss, f"/runs {run_id}").startswith(f"Run {run_id} (rap) waits")


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
    finish(scene)
    if answers:
        scene.boss.taps(f"adm_adapter_despite:{adapter_number('rap-1')}")
    assert f"run {scene.ids['run']}: rap, {said}, " in says(scene.boss, "/runs")


def test_the_list_says_that_a_run_failed_or_made_no_adapter(scene: Scene) -> None:
    finish(scene)
    assert ": rap, done, no adapter, " in says(scene.boss, "/runs")
    finish(scene, "failed")
    assert ": rap, failed, " in says(scene.boss, "/runs")


@pytest.mark.parametrize("words", ["/runs 999999", "/runs 0"])
def test_a_run_that_is_not_there_is_said_to_be_gone(scene: Scene, words: str) -> None:
    assert says(scene.boss, words) == "There is no such run."


@pytest.mark.parametrize("words", ["/runs all", "/runs -1", "/runs ²", "/runs " + "9" * 500])
def test_what_is_no_number_shows_the_list(scene: Scene, words: str) -> None:
    assert says(scene.boss, words).startswith("The latest runs, at most 8:")


def test_a_page_shows_stage_bar_step_loss_and_what_is_left(scene: Scene) -> None:
    train(scene)
    told = says(scene.boss, f"/runs {scene.ids['run']}").splitlines()
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
    train(scene, micro_batch=2)
    assert "now 2. What comes of it is the same." in says(scene.boss, f"/runs {scene.ids['run']}")
    set_run(scene, stage="records", step=7, steps=0, seconds_left=None)
    told = says(scene.boss, f"/runs {scene.ids['run']}")
    assert told.endswith(": making records\n7 so far")
    set_run(scene, steps=20)
    assert says(scene.boss, f"/runs {scene.ids['run']}").endswith(" 35 %\n7 of 20")


@pytest.mark.parametrize("stage", ["records", "training", "measuring"])
def test_before_a_stages_first_step_its_page_says_that_it_is_loaded(
    scene: Scene, stage: str
) -> None:
    train(scene)
    set_run(scene, stage=stage, step=0, steps=0, loss=None, seconds_left=None)
    told = says(scene.boss, f"/runs {scene.ids['run']}").splitlines()
    assert told[1:] == ["It is being loaded."]


def _picture(scene: Scene) -> Reply:
    train(scene, report={"losses": [[1, 2.5], [200, 1.0], [450, 0.5]]})
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
    train(scene)
    run_id = scene.ids["run"]
    assert says(scene.boss, "/cancel").startswith("I am asking you nothing")
    scene.boss.taps(scene.boss.buttons()["adm_run_meant"])
    assert scene.boss.is_told()[-1].startswith(f"Shall run {run_id} (rap) end?")
    assert all_runs(scene)[0].cancel_asked_by is None
    scene.boss.taps(scene.boss.buttons()["adm_run_cancel"])
    assert scene.boss.is_told()[-1] == (
        f"Run {run_id} (rap) was asked to end, and does so in a moment."
    )
    assert all_runs(scene)[0].cancel_asked_by == f"telegram:{BOSS}"
    assert scene.entries()[-1].act == "run_cancel_asked"
    entries = len(scene.entries())
    scene.boss.taps(f"adm_run_cancel:{run_id}")
    assert len(scene.entries()) == entries


def test_a_run_that_nobody_works_on_ends_at_once(scene: Scene) -> None:
    scene.boss.taps(f"adm_run_cancel:{scene.ids['run']}")
    told = scene.boss.is_told()
    assert len(told) == 1
    assert "as telegram:7 asked. What answers has not changed." in told[0]
    assert all_runs(scene)[0].state == "cancelled"


def test_who_asked_for_a_run_is_told_when_another_admin_ends_it(scene: Scene) -> None:
    deputy = Friend(scene.front, DEPUTY)
    deputy.taps(f"adm_run_cancel:{scene.ids['run']}")
    assert "as telegram:66 asked" in deputy.is_told()[-1]
    assert "as telegram:66 asked" in scene.boss.is_told()[-1]


def test_cancel_stops_what_an_admin_is_asked_before_any_run(scene: Scene) -> None:
    scene.boss.says("/remember")
    scene.boss.is_told()
    assert says(scene.boss, "/cancel") == "Cancelled."
    assert says(scene.boss, "/cancel").startswith("I am asking you nothing")


def test_cancel_without_a_run_leads_to_none(scene: Scene) -> None:
    end_run(scene)
    assert "looks whether there is one" in says(scene.boss, "/cancel")
    scene.boss.taps(scene.boss.buttons()["adm_run_meant"])
    assert scene.boss.is_told()[-1] == "No run waits or is under way, so there is none to end."


def test_to_others_and_in_groups_cancel_is_about_no_run(scene: Scene) -> None:
    scene.boss.says("/admin maintenance off")
    assert says(scene.friend, "/cancel") == "There is nothing to cancel."
    here = Friend(scene.front, BOSS, chat_type="group", chat_number=-5)
    here.says("/cancel@rapbot_test_bot")
    assert here.is_told()[-1] == "There is nothing to cancel."
