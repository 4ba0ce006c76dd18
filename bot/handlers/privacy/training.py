"""The buttons that agree to training and take that back."""

from bot.handlers.context import Context
from rap_engine.memory.consent import agree_to_training, withdraw_from_training


def agree(context: Context) -> None:
    """Note that the person agrees that what they told of their own may be trained on."""
    agree_to_training(context.session, context.user_id)
    context.say("training_agreed")


def withdraw(context: Context) -> None:
    """Take the agreement back, at once."""
    withdraw_from_training(context.session, context.user_id)
    context.say("training_withdrawn")
