"""What taps send back: anybody can make it up."""

import pytest

from bot.handlers import buttons
from bot.handlers.buttons import Action, Arity

_LARGEST_ID = 9_223_372_036_854_775_807


@pytest.mark.parametrize("subject", [0, 12, _LARGEST_ID])
def test_reads_what_buttons_say(subject: int) -> None:
    data = buttons.button(buttons.UNDO, subject).data
    assert buttons.read(data, Arity.ID) == Action(buttons.UNDO, subject)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "undo",
        "undo:",
        "undo:-1",
        "undo:x",
        "undo:\u0662",
        f"undo:{_LARGEST_ID + 1}",
        "undo:99999999999999999999999",
        "undo:" + "9" * 5000,
    ],
)
def test_what_no_button_says_is_nothing(data: str) -> None:
    assert buttons.read(data, Arity.ID) is None
