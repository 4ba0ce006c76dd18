"""/delete_my_data: asks first, then erases the person of the address, and nobody else."""

from collections import Counter
from dataclasses import replace

from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import OperationalError

from bot import traces
from bot.administration.admins import remove_admin
from bot.administration.person import PersonId
from bot.administration.turned_away import keep_away
from bot.handlers.context import Context
from bot.handlers.privacy import actions
from bot.handlers.privacy.erasure_words import Erased, tell_erased, tell_plan
from bot.intake import erasing as inbox
from rap_engine.memory import User
from rap_engine.memory.erasure import Holdings, erase_person, holdings
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Job, Reply
from workers.jobs.values import Address, Content, Draft

_PATIENCE = "SET LOCAL lock_timeout = '5s'"
"""For what somebody else has locked: a person may tap again, and a lane is not held for long."""


def ask_to_erase(context: Context) -> None:
    """Say what goes and what remains, and ask."""
    held = holdings(context.session, context.user_id)
    text = "\n\n".join((tell_plan(context, held), context.texts.say("erase_sure")))
    offers = [actions.ERASE_MINE, actions.ERASE_NOTHING]
    if held.has_given:
        offers.insert(1, actions.ERASE_ALL)
    buttons = tuple(actions.button(context, action) for action in offers)
    context.say_below(Content(text=text, buttons=buttons))


def erase_mine(context: Context) -> None:
    """Erase the person; what they added to families and groups stays there without their name."""
    _erase(context, takes_along=False)


def erase_all(context: Context) -> None:
    """Erase the person with what they added to families and groups."""
    _erase(context, takes_along=True)


def erase_nothing(context: Context) -> None:
    """Leave everything as it is."""
    context.put_in_place("erase_nothing")


def _erase(context: Context, *, takes_along: bool) -> None:
    try:
        with context.session.begin_nested():
            context.session.execute(text(_PATIENCE))
            erased = _erase_rows(context, takes_along=takes_along)
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
            raise
        _end_jobs(context)
        context.say("erase_busy")
        return
    if context.address.channel == "console":
        traces.erase(context.settings.data_dir, context.user_id)
    _tell_heirs(context, erased.held)
    _say_farewell(context, tell_erased(context, erased, takes_along=takes_along))


def _erase_rows(context: Context, *, takes_along: bool) -> Erased:
    """Erase all rows in the order in which others lock them, so that nobody waits for ever.

    A lane that holds an update may be about to write a row of the person's; whoever ends a job
    locks it before the person. A job that is under way is gone at its end, and commits nothing.
    """
    session, address = context.session, context.address
    updates = inbox.erase_person(
        session, address.channel, address.chat_id, context.incoming.update_id
    )
    replies = _waiting_replies(context)
    jobs = _erase_jobs(context)
    is_kept_away = _end_standing(context)
    held = erase_person(session, context.user_id, takes_along=takes_along)
    return Erased(held, updates, jobs, replies, is_kept_away)


def _waiting_replies(context: Context) -> int:
    waiting = select(func.count()).where(Reply.user_id == context.user_id, Reply.state == "pending")
    return context.session.scalars(waiting).one()


def _erase_jobs(context: Context) -> int:
    """Erase the person's jobs, and return how many of them waited or ran."""
    erased = context.session.scalars(
        delete(Job).where(Job.user_id == context.user_id).returning(Job.state)
    )
    states = Counter(erased)
    return states["queued"] + states["running"]


def _end_jobs(context: Context) -> None:
    """End what is under way for the person, so that it is not in the way of the next try.

    An export holds their row until all of it is packed. It looks after each file.
    """
    under_way = (
        select(Job.id)
        .where(Job.user_id == context.user_id, Job.state.in_(("queued", "running")))
        .with_for_update(key_share=True, skip_locked=True)
    )
    context.session.execute(
        update(Job)
        .where(Job.id.in_(under_way))
        .values(
            state="failed",
            error="the person erases their data",
            leased_until=None,
            finished_at=func.now(),
        )
        .execution_options(synchronize_session=False)
    )


def _end_standing(context: Context) -> bool:
    """End an admin's right, in the log too, and keep away who is blocked."""
    session = context.session
    row = session.execute(
        select(User.channel, User.external_id, User.access).where(User.id == context.user_id)
    ).one()
    person = PersonId(row.channel, row.external_id)
    remove_admin(session, f"user:{context.user_id}", person)
    is_blocked: bool = row.access == "blocked"
    if is_blocked:
        keep_away(session, person)
    return is_blocked


def _say_farewell(context: Context, text: str) -> None:
    """Say the last words in place of the question. The row belongs to nobody, and does not stay."""
    tap = context.incoming.tap
    content = Content(
        text=text,
        edit_message_id=tap.message_id if tap is not None else None,
        callback_id=tap.callback_id if tap is not None else None,
        is_farewell=True,
    )
    add_replies(context.session, replace(context.address, message_id=None), [Draft(content)])


def _tell_heirs(context: Context, held: Holdings) -> None:
    for shared in held.shared:
        heir = None if shared.heir_id is None else context.session.get(User, shared.heir_id)
        if heir is not None:
            # The chat that a person is alone in with the bot.
            number = int(heir.external_id) if heir.channel == "telegram" else heir.id
            address = Address(heir.id, heir.channel, number)
            params = {"title": shared.title}
            content = Content(notice="erase_inherited", params=params)
            add_replies(context.session, address, [Draft(content)])
