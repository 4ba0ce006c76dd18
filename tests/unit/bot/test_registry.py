"""The commands and taps that there are: each is told of once."""

import pytest

from bot.handlers import buttons
from bot.handlers.privacy import actions
from bot.handlers.registry import COMMANDS, TAPS
from bot.handlers.specs import CommandSpec, TapSpec, bare, by_name
from bot.menus import FOR_ADMINS, IN_GROUPS, IN_PRIVATE
from rap_engine.exchange import Remembered
from rap_engine.types import Box
from workers.tasks.remember import _face_question


def test_two_of_one_name_are_refused() -> None:
    nothing = bare(lambda context: None)
    with pytest.raises(ValueError, match="'list'"):
        by_name([*COMMANDS.values(), CommandSpec("list", nothing)])
    with pytest.raises(ValueError, match="'undo'"):
        by_name([*TAPS.values(), TapSpec("undo", nothing)])


@pytest.mark.parametrize("module", [buttons, actions])
def test_every_action_that_a_button_can_have_is_registered(module: object) -> None:
    names = {name for name in vars(module) if name.isupper() and not name.startswith("_")}
    assert names
    assert {getattr(module, name) for name in names} <= set(TAPS)


def test_what_a_worker_offers_is_registered() -> None:
    question = _face_question(Remembered(7, "Tom", "", Box(0, 0, 1, 1), b""))
    offered = question.content.buttons
    assert {button.data for button in offered} == {"face_agree:7", "face_decline:7"}
    for button in offered:
        spec = TAPS[buttons.name_of(button.data)]
        assert spec.in_groups
        assert buttons.read(button.data, spec.arity) is not None


def test_every_command_is_in_a_menu_and_nothing_else_is() -> None:
    assert {*IN_PRIVATE, *IN_GROUPS, *FOR_ADMINS} == set(COMMANDS) - {"start"}
    assert not [name for name in (*IN_PRIVATE, *IN_GROUPS) if COMMANDS[name].is_hidden]
    assert all(COMMANDS[name].in_groups for name in IN_GROUPS)


def test_what_is_not_for_groups_does_not_work_there() -> None:
    """What is said in a group is read by all of it."""
    assert {name for name, spec in COMMANDS.items() if spec.in_groups} == {
        *("start", "help", "remember", "ask", "where", "list", "forget"),
        *("rename", "describe", "history", "faces", "cancel"),
    }
    assert {name for name, spec in TAPS.items() if spec.in_groups} == {
        *(buttons.UNDO, buttons.ADD_VIEW, buttons.OTHER_NAME, buttons.CANCEL, buttons.FORGET),
        *(buttons.OLDER, buttons.OLDER_OF),
        *(buttons.FACE_AGREE, buttons.FACE_DECLINE, buttons.FACE_ERASE),
    }


def test_what_nobody_is_refused_is_about_their_own_data() -> None:
    commands = {name for name, spec in COMMANDS.items() if spec.is_own_data}
    taps = {name for name, spec in TAPS.items() if spec.is_own_data}
    assert commands == {"privacy", "export", "delete_my_data"}
    assert taps == {
        *(actions.EXPORT, actions.TRAINING_AGREE, actions.TRAINING_WITHDRAW),
        *(actions.ERASE_ASK, actions.ERASE_MINE, actions.ERASE_ALL, actions.ERASE_NOTHING),
        actions.TIMES,
    }
