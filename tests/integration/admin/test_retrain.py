"""/retrain: what would be done is shown, and a button starts it."""

from pathlib import Path

import pytest
from sqlalchemy import func, update

from rap_engine.memory.tables import User
from tests.integration.admin.running import all_runs, says, train
from tests.integration.admin.scene import BOSS, Scene, end_run
from tests.integration.bot.chats import Friend

pytestmark = pytest.mark.integration


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
    told = says(scene.boss, "/retrain")
    assert "plan nightly, on the base of the profile rap-phi3-v." in told
    assert "Data sets: 2 (refcoco, tao)." in told
    assert "agreed to have trained on: 1, used." in told
    assert "rank 128, learning rate 0.0001, batch 64, epochs: 1, at most 3,000 steps." in told
    assert "One that passes the gate answers at once" in told
    assert len(all_runs(scene)) == 1
    scene.boss.taps(scene.boss.buttons()["adm_run_start"])
    first, second = all_runs(scene)
    assert (first.state, second.state) == ("cancelled", "queued")
    assert (second.asked_by, second.plan["name"]) == (f"telegram:{BOSS}", "nightly")
    assert scene.boss.is_told()[-1].startswith(f"Run {second.id} (nightly) waits for a trainer")
    assert scene.front.publisher.published[-1] == second.id
    entry = scene.entries()[-1]
    assert (entry.act, entry.subject) == ("run_asked_for", f"run:{second.id}")
    assert entry.details == {"plan": "nightly"}


def test_without_a_plan_of_its_own_it_is_what_people_agreed_to(scene: Scene) -> None:
    end_run(scene)
    told = says(scene.boss, "/retrain")
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
    assert len(all_runs(scene)) == 1


def test_a_plan_that_cannot_be_carried_out_says_why(scene: Scene, tmp_path: Path) -> None:
    _with_plan(scene, tmp_path, PLAN.replace("refcoco", "nobodys"))
    told = says(scene.boss, "/retrain")
    assert told.startswith("The plan cannot be carried out.")
    assert "plan.toml" in told
    assert "adm_run_start" not in scene.boss.buttons()


def test_the_panel_names_the_commands_of_training(scene: Scene) -> None:
    told = says(scene.boss, "/admin")
    assert [word for word in ("/retrain", "/runs NUMBER", "/cancel") if word not in told] == []


@pytest.mark.parametrize("state", ["waits for a trainer", "trains now"])
def test_while_a_run_is_unfinished_none_is_offered_but_that_one(scene: Scene, state: str) -> None:
    if state == "trains now":
        train(scene)
    told, run_id = says(scene.boss, "/retrain"), scene.ids["run"]
    assert f"Run {run_id} {state}, and only one trains at a time." in told
    assert "Shall I start?" not in told
    assert scene.boss.buttons()["adm_run"] == f"adm_run:{run_id}"
    assert "adm_run_start" not in scene.boss.buttons()


def test_only_one_run_is_unfinished_and_a_refused_one_uses_up_no_number(scene: Scene) -> None:
    run_id = scene.ids["run"]
    scene.boss.taps(f"adm_run_start:{scene.ids['plan']}")
    assert scene.boss.is_told() == [f"Run {run_id} is not finished, and only one trains at a time."]
    assert scene.boss.buttons()["adm_run"] == f"adm_run:{run_id}"
    assert len(all_runs(scene)) == 1
    end_run(scene)
    scene.boss.taps(f"adm_run_start:{scene.ids['plan']}")
    assert [run.id for run in all_runs(scene)] == [run_id, run_id + 1]


@pytest.mark.parametrize("words", ["/retrain", "/runs", "/runs 1"])
def test_to_everybody_else_the_commands_are_unknown(scene: Scene, words: str) -> None:
    scene.boss.says("/admin maintenance off")
    scene.boss.is_told()
    before = scene.rows()
    unknown = says(scene.friend, "/nonsense")
    assert says(scene.friend, words) == unknown
    here = Friend(scene.front, BOSS, chat_type="group", chat_number=-5)
    here.says(f"{words.split(maxsplit=1)[0]}@rapbot_test_bot")
    here.says("/nonsense@rapbot_test_bot")
    told, nonsense = here.is_told()
    assert told == nonsense
    assert {name: rows for name, rows in scene.rows().items() if name == "training_runs"} == {
        "training_runs": before["training_runs"]
    }
