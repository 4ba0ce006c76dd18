"""Whom an admin lets in is told so, where the bot knows their chat."""

from sqlalchemy import exists, select

from bot.administration.accounts import read_account, set_access
from bot.administration.person import TELEGRAM, PersonId
from bot.handlers.context import Context
from bot.intake.incoming import Sender
from bot.intake.tables import InboxUpdate
from bot.limits.access import Standing, standing_of
from workers.jobs.outbox import add_replies
from workers.jobs.values import Address, Content, Draft


def set_access_and_tell(context: Context, by: str, user_id: int, access: str) -> None:
    """Set somebody's access; who may write from now on, and could not before, gets a letter."""
    account = read_account(context.session, user_id)
    was_kept_out = account is not None and not _may_write(context, account.person)
    set_access(context.session, by, user_id, access)
    if account is None or not was_kept_out or not _may_write(context, account.person):
        return
    if account.person.channel == TELEGRAM and (
        account.name or _has_knocked(context, account.person)
    ):
        # Somebody's private chat has their own number.
        address = Address(user_id, TELEGRAM, int(account.person.external_id))
        add_replies(context.session, address, [Draft(Content(notice="let_in"))])


def _may_write(context: Context, person: PersonId) -> bool:
    sender = Sender(person.channel, person.external_id, "", "", 0, is_private=True)
    standing = standing_of(context.session, context.settings, sender)
    return standing in (Standing.ADMIN, Standing.WELCOME)


def _has_knocked(context: Context, person: PersonId) -> bool:
    """Say whether somebody wrote and was refused, as far back as updates are kept."""
    knocked = exists().where(
        InboxUpdate.channel == person.channel,
        InboxUpdate.chat_id == int(person.external_id),
        InboxUpdate.state == "refused",
    )
    return bool(context.session.scalar(select(knocked)))
