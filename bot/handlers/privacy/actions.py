"""The actions of this package's buttons, and how it replies with buttons to a tap."""

from collections.abc import Callable
from dataclasses import replace

from bot.handlers import buttons
from bot.handlers.buttons import Action
from bot.handlers.context import Context
from workers.jobs.outbox import add_replies
from workers.jobs.values import Button, Content, Draft

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


def say_below(context: Context, content: Content) -> None:
    """Say something in a message of its own, after a tap too."""
    here = replace(context.address, message_id=None)
    drafts = [Draft(content)]
    if context.incoming.tap is not None:
        drafts.insert(0, Draft(Content(callback_id=context.incoming.tap.callback_id)))
    add_replies(context.session, here, drafts)
