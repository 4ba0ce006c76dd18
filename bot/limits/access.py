"""The door: who may write to the bot. Decided before anything is written about a person."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bot.administration.admins import is_admin
from bot.administration.operation import read_maintenance
from bot.administration.person import PersonId
from bot.administration.turned_away import is_kept_away
from bot.intake.events import BotCame, GroupEvent
from bot.intake.incoming import Incoming, Sender
from bot.intake.tables import InboxUpdate
from config import Settings
from rap_engine.memory import User
from rap_engine.memory.groups import has_list
from rap_engine.memory.people import is_user
from workers.jobs.values import Content

_SILENCE = timedelta(hours=1)
"""Who is not listed is told so once in this time, and so is a group what is for nobody in it: a
flood of strangers is answered by little."""


class Standing(Enum):
    """What a person is to the bot."""

    ADMIN = "admin"
    WELCOME = "welcome"
    NOT_LISTED = "not_listed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Somebody whom no handler sees.

    `content` is what they are told, None is silence. `state` is how their update ends.
    """

    content: Content | None
    state: str


_SILENTLY = TurnedAway(None, "ignored")


def admit(
    session: Session, settings: Settings, incoming: Incoming, *, is_about_own_data: bool
) -> Standing | TurnedAway:
    """Decide whether a message gets to the handlers. Makes no row about who sent it."""
    standing = standing_of(session, settings, incoming.sender)
    is_refused = standing in (Standing.NOT_LISTED, Standing.BLOCKED)
    if is_refused and not (is_about_own_data and _is_known_here(session, incoming.sender)):
        return _refused(session, settings, incoming.sender, standing)
    note = None if standing is Standing.ADMIN else read_maintenance(session)
    return standing if note is None else TurnedAway(_maintenance(note), "ignored")


def may_be_told(session: Session, settings: Settings, event: GroupEvent) -> bool:
    """Decide whether a group is told something that answers nobody in particular.

    It is if somebody brought the bot along who may use it, or somebody uses it there already; not
    under maintenance, and once in a while only: anybody can make such events without end.
    """
    if read_maintenance(session) is not None or _was_told(session, event):
        return False
    if has_list(session, event.channel, event.chat_id):
        return True
    match event.happening:
        case BotCame(number):
            adder = Sender(event.channel, number, "", "", event.chat_id, is_private=False)
            return standing_of(session, settings, adder) in (Standing.ADMIN, Standing.WELCOME)
        case _:
            return settings.access == "open"


def is_known(session: Session, sender: Sender) -> bool:
    """Say whether the bot holds anything about a person."""
    return _access(session, sender) is not None


def standing_of(session: Session, settings: Settings, sender: Sender) -> Standing:
    """Return what a person is to the bot.

    Admins come before all else, then what they said of a person, then the settings. Whoever sits at
    the console has the machine, so that is open to them.
    """
    person = PersonId(sender.channel, sender.external_id)
    if is_admin(session, settings, person):
        return Standing.ADMIN
    access = _access(session, sender)
    if access == "blocked" or is_kept_away(session, person):
        return Standing.BLOCKED
    is_open = settings.access == "open" or sender.channel == "console"
    if is_open or access == "allowed" or sender.external_id in map(str, settings.allowed):
        return Standing.WELCOME
    return Standing.NOT_LISTED


def _access(session: Session, sender: Sender) -> str | None:
    """Return what admins said of a person; None if the bot does not know them."""
    known = is_user(sender.channel, sender.external_id)
    return session.scalar(select(User.access).where(known))


def _is_known_here(session: Session, sender: Sender) -> bool:
    """Say whether a person is known and in their own chat: what is held of them is theirs."""
    return sender.is_private and is_known(session, sender)


def _refused(
    session: Session, settings: Settings, sender: Sender, standing: Standing
) -> TurnedAway:
    """Tell a person in their own chat why they are refused; a group is no place for it."""
    within = _SILENCE if standing is Standing.NOT_LISTED else None
    if not sender.is_private or _was_refused(session, sender, within):
        return _SILENTLY
    notice, params = standing.value, {"number": sender.external_id}
    if settings.contact is not None:
        notice, params = f"{notice}_contact", {**params, "contact": settings.contact}
    return TurnedAway(Content(notice=notice, params=params), "refused")


def _was_refused(session: Session, sender: Sender, within: timedelta | None) -> bool:
    """Say whether a chat was told so; the inbox remembers it for as long as it keeps updates."""
    refused = exists().where(
        InboxUpdate.channel == sender.channel,
        InboxUpdate.chat_id == sender.chat_id,
        InboxUpdate.state == "refused",
    )
    if within is not None:
        refused = refused.where(InboxUpdate.handled_at > func.now() - within)
    return bool(session.scalar(select(refused)))


def _was_told(session: Session, event: GroupEvent) -> bool:
    told = exists().where(
        InboxUpdate.channel == event.channel,
        InboxUpdate.chat_id == event.chat_id,
        InboxUpdate.state == "told",
        InboxUpdate.handled_at > func.now() - _SILENCE,
    )
    return bool(session.scalar(select(told)))


def _maintenance(note: str) -> Content:
    if not note:
        return Content(notice="maintenance")
    return Content(notice="maintenance_note", params={"note": note})
