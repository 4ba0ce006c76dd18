"""The panel's first page, and the way back to it."""

from collections.abc import Sequence

from bot.handlers import buttons
from bot.handlers.admin.pages import show
from bot.handlers.context import Context
from workers.jobs.values import Button

OVERVIEW = "adm_overview"


def overview(context: Context, entrances: Sequence[str]) -> None:
    """Show the topics as buttons, and the words that have none."""
    text = context.texts.say("admin_overview")
    show(context, text, *(buttons.button(name, 0) for name in entrances))


def refresh(action: str) -> Button:
    """Return the button of a page that shows the page anew."""
    return buttons.button(action, 0, label="adm_refresh")


def back() -> Button:
    """Return the button that leads here."""
    return buttons.button(OVERVIEW, 0)
