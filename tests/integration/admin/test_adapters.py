"""Adapters in the chat: the registry, what may answer, and the way back in one tap."""

import pytest

from rap_engine.memory.in_service import put_into_service, read_serving
from tests.integration.admin.scene import Scene, add_adapter, know_adapter
from tests.integration.bot.chats import Friend
from workers.runs.adapters import promotions
from workers.runs.pages import adapter_number

pytestmark = pytest.mark.integration


def _ask(boss: Friend, words: str) -> str:
    boss.says(f"/admin {words}".strip())
    return boss.is_told()[-1]


def _adapter(scene: Scene) -> str | None:
    with scene.front.database.transaction() as session:
        serving = read_serving(session)
    assert serving is not None
    return serving.adapter


def _tap(scene: Scene, label: str) -> str:
    scene.boss.taps(scene.boss.buttons()[label])
    return scene.boss.is_told()[-1]


def _entries(scene: Scene) -> list[tuple[str, dict[str, object]]]:
    return [(entry.act, entry.details) for entry in scene.entries()]


def _spoil(scene: Scene, name: str) -> None:
    folder = scene.front.settings.weights_dir / "adapters" / name
    (folder / "adapter_model.safetensors").write_bytes(b"somebody else's")


def test_the_page_shows_what_answers_and_how_each_was_measured(scene: Scene) -> None:
    add_adapter(scene.front.settings.weights_dir, "brought")
    told = _ask(scene.boss, "profile")
    assert "Adapter: second." in told
    assert "Adapters: 4.\n" in told
    for number in range(5):
        add_adapter(scene.front.settings.weights_dir, f"more-{number}")
    assert "Adapters: 9. The first 8 are shown; " in _ask(scene.boss, "profile")
    lines = {line.partition(":")[0]: line for line in told.splitlines()}
    assert "passed; recognition 0.910 → 0.930, captions 0.800 → 0.810" in lines["first"]
    assert lines["worse"].startswith("worse: did not pass the gate;")
    assert lines["first"].endswith("by telegram:7")
    assert lines["brought"] == "brought: not registered, nobody measured it"


def test_one_that_passed_is_chosen_by_name_and_by_button(scene: Scene) -> None:
    assert "Adapter: first." in _ask(scene.boss, "adapter use first")
    assert _adapter(scene) == "first"
    scene.boss.taps(f"adm_adapter:{adapter_number('second')}")
    assert "Adapter: second." in scene.boss.is_told()[-1]
    assert "Adapter: none." in _tap(scene, "adm_base")
    assert _adapter(scene) is None
    entry = scene.entries()[-1]
    assert (entry.act, entry.subject) == ("adapter_set", "profile:rap-llava")
    assert entry.details == {"was": "second", "now": None}


def test_each_way_to_change_it_is_in_its_history(scene: Scene) -> None:
    _ask(scene.boss, "adapter use first")
    _ask(scene.boss, "adapter none")
    _ask(scene.boss, "adapter back")
    with scene.front.database.transaction() as session:
        rows = promotions(session, "rap-llava", 3)
    assert [(row.came_from, row.adapter, row.why, row.by) for row in reversed(rows)] == [
        ("second", "first", "chosen", "telegram:7"),
        ("first", None, "chosen", "telegram:7"),
        (None, "first", "roll_back", "telegram:7"),
    ]


def test_what_answers_already_is_neither_logged_nor_history(scene: Scene) -> None:
    before, entries = scene.rows(), len(scene.entries())
    assert "Adapter: second." in _ask(scene.boss, "adapter use second")
    assert scene.rows() == before
    assert len(scene.entries()) == entries


@pytest.mark.parametrize("name", ["worse", "brought"])
def test_one_that_did_not_pass_is_asked_about_once_more(scene: Scene, name: str) -> None:
    add_adapter(scene.front.settings.weights_dir, "brought")
    before, entries = scene.rows(), len(scene.entries())
    assert "Shall it answer all the same?" in _ask(scene.boss, f"adapter use {name}")
    assert scene.rows() == before
    assert len(scene.entries()) == entries
    assert list(scene.boss.buttons()) == ["adm_adapter_despite", "adm_profile"]
    assert f"Adapter: {name}." in _tap(scene, "adm_adapter_despite")
    assert _adapter(scene) == name
    act, details = _entries(scene)[-1]
    assert (act, details) == ("adapter_set", {"was": "second", "now": name, "despite": True})


def test_the_question_says_why_the_gate_kept_it_out(scene: Scene) -> None:
    assert _ask(scene.boss, "adapter use worse").split("\n\n") == [
        "The adapter worse did not pass the gate.",
        "Recognition: 0.930, beside 0.910 of what serves.",
        "Shall it answer all the same?",
    ]


def test_a_button_asks_about_it_too(scene: Scene) -> None:
    know_adapter(scene, "unmeasured", "not_measured")
    scene.boss.taps(f"adm_adapter:{adapter_number('unmeasured')}")
    assert "Nobody has measured whether unmeasured" in scene.boss.is_told()[-1]
    assert _adapter(scene) == "second"


def test_one_that_was_not_registered_is_registered_when_it_answers(scene: Scene) -> None:
    add_adapter(scene.front.settings.weights_dir, "brought")
    _ask(scene.boss, "adapter use brought")
    told = _tap(scene, "adm_adapter_despite")
    assert "brought: not measured" in told
    assert ("adapter_added", {"name": "brought"}) in _entries(scene)


def test_one_whose_files_are_others_now_is_refused_whatever_is_tapped(scene: Scene) -> None:
    _ask(scene.boss, "adapter use worse")
    _spoil(scene, "worse")
    _spoil(scene, "first")
    assert "not those that were registered" in _tap(scene, "adm_adapter_despite")
    assert "not those that were registered" in _ask(scene.boss, "adapter use first")
    assert _adapter(scene) == "second"


@pytest.mark.parametrize("name", ["", "nobodys", "../first", "first second", "{x}"])
def test_an_adapter_that_is_not_there_is_not_chosen(scene: Scene, name: str) -> None:
    told = _ask(scene.boss, f"adapter use {name}")
    assert told.startswith(("That adapter is not in", "What do you want to see?"))
    assert _adapter(scene) == "second"


def test_under_another_profile_they_are_not_used(scene: Scene) -> None:
    with scene.front.database.transaction() as session:
        put_into_service(session, "starter")
    add_adapter(scene.front.settings.weights_dir, "brought")
    assert "is of another profile" in _ask(scene.boss, "adapter use first")
    assert "takes no adapters" in _ask(scene.boss, "adapter use brought")
    assert _adapter(scene) is None


def test_it_is_rolled_back_in_one_tap_and_not_twice_by_two(scene: Scene) -> None:
    _ask(scene.boss, "profile")
    button = scene.boss.buttons()["adm_roll_back"]
    scene.boss.taps(button)
    assert scene.boss.is_told()[-1].startswith("Taken back: first answers from the next job on.")
    assert _adapter(scene) == "first"
    scene.boss.taps(button)
    assert scene.boss.is_told()[-1].startswith("Something else answers meanwhile.")
    assert _adapter(scene) == "first"
    act, details = _entries(scene)[-1]
    assert (act, details) == ("adapter_rolled_back", {"was": "second", "now": "first"})


def test_rolled_back_to_the_end_there_is_no_button_and_nothing_to_return_to(scene: Scene) -> None:
    _ask(scene.boss, "profile")
    _tap(scene, "adm_roll_back")
    assert "the base alone answers" in _tap(scene, "adm_roll_back_base")
    assert _adapter(scene) is None
    assert not [label for label in scene.boss.buttons() if label.startswith("adm_roll_back")]
    entries = len(scene.entries())
    assert _ask(scene.boss, "adapter back").startswith("Nothing else answered before.")
    assert len(scene.entries()) == entries


def test_to_files_that_are_others_now_nobody_returns(scene: Scene) -> None:
    _spoil(scene, "first")
    _ask(scene.boss, "profile")
    assert "not those that were registered" in _tap(scene, "adm_roll_back")
    assert _adapter(scene) == "second"
