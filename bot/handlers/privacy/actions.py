"""The actions of this package's buttons, and whom they serve."""

from collections.abc import Callable

from bot.handlers import buttons
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from workers.jobs.values import Button

TIMES = "privacy_times"
EXPORT = "export_me"
TRAINING_AGREE = "training_agree"
TRAINING_WITHDRAW = "training_withdraw"
ERASE_ASK = "erase_ask"
ERASE_MINE = "erase_mine"
ERASE_ALL = "erase_all"
ERASE_NOTHING = "erase_nothing"


def button(context: Context, action: str) -> Button:
    """Return a button for this very person: not for who they are after they were erased."""
    return buttons.button(action, context.user_id)


def for_its_own(run: Callable[[Context], None]) -> Callable[[Context, Action], None]:
    """Return the handler of a tap that serves whom the button was shown to, and nobody else.

    Who was erased meanwhile is somebody new: they did not say yes to what the button offers.
    """

    def guarded(context: Context, action: Action) -> None:
        if action.subject == context.user_id:
            run(context)
        else:
            context.say("button_gone")

    return guarded
