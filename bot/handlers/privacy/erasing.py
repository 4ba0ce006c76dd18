"""/delete_my_data: asks first, then erases the person of the address, and nobody else."""

from dataclasses import dataclass, replace

from sqlalchemy import func, select

from bot import traces
from bot.handlers.context import Context
from bot.handlers.privacy import actions
from bot.intake import erasing as inbox
from rap_engine.memory import User
from rap_engine.memory.erasure import Holdings, Shared, erase_person, holdings
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Job, Reply
from workers.jobs.values import Address, Content, Draft


def ask_to_erase(context: Context) -> None:
    """Say what goes and what remains, and ask."""
    held = holdings(context.session, context.user_id)
    text = "\n\n".join((_plan(context, held), context.texts.say("erase_sure")))
    offers = [actions.ERASE_MINE, actions.ERASE_NOTHING]
    if held.has_given:
        offers.insert(1, actions.ERASE_ALL)
    buttons = tuple(actions.button(context, action) for action in offers)
    actions.say_below(context, Content(text=text, buttons=buttons))


def erase_mine(context: Context, subject: int) -> None:
    """Erase the person; what they added to families and groups stays there without their name."""
    _erase(context, subject, takes_along=False)


def erase_all(context: Context, subject: int) -> None:
    """Erase the person with what they added to families and groups."""
    _erase(context, subject, takes_along=True)


def erase_nothing(context: Context) -> None:
    """Leave everything as it is."""
    context.put_in_place("erase_nothing")


@dataclass(frozen=True, slots=True)
class _UnderWay:
    jobs: int
    replies: int


def _erase(context: Context, subject: int, *, takes_along: bool) -> None:
    if subject != context.user_id:
        # The button is older than an erasure, and whoever it was shown to is gone.
        context.say("button_gone")
        return
    session, address = context.session, context.address
    # In this order: a lane that holds an update may be about to write a row of the person's.
    updates = inbox.erase_person(
        session, address.channel, address.chat_id, context.incoming.update_id
    )
    under_way = _under_way(context)
    held = erase_person(session, context.user_id, takes_along=takes_along)
    if address.channel == "console":
        traces.erase(context.settings.data_dir, context.user_id)
    _tell_heirs(context, held)
    _say_farewell(context, _told(context, held, under_way, updates, takes_along=takes_along))


def _under_way(context: Context) -> _UnderWay:
    jobs = select(func.count()).where(
        Job.user_id == context.user_id, Job.state.in_(("queued", "running"))
    )
    replies = select(func.count()).where(Reply.user_id == context.user_id, Reply.state == "pending")
    return _UnderWay(context.session.scalars(jobs).one(), context.session.scalars(replies).one())


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


def _plan(context: Context, held: Holdings) -> str:
    say = context.texts.say
    lines = [say("erase_plan", concepts=held.concepts, photos=held.views, turns=held.turns)]
    lines += [_line(context, "erase_plan", shared) for shared in held.shared]
    return "\n".join(lines)


def _told(
    context: Context, held: Holdings, under_way: _UnderWay, updates: int, *, takes_along: bool
) -> str:
    say = context.texts.say
    lines = [
        say(
            "erased",
            concepts=held.concepts,
            photos=held.views,
            turns=held.turns,
            updates=updates,
            jobs=under_way.jobs,
            replies=under_way.replies,
        )
    ]
    prefix = "erased_along" if takes_along else "erased"
    lines += [_line(context, prefix, shared) for shared in held.shared]
    return "\n".join((*lines, say("erased_elsewhere")))


def _line(context: Context, prefix: str, shared: Shared) -> str:
    """Say what becomes of a shared list and of what the person added to it."""
    say = context.texts.say
    title = shared.title or say("erase_no_title")
    if shared.is_last:
        return say(f"{prefix}_last", title=title)
    numbers = {"concepts": shared.concepts, "photos": shared.views}
    line = say(f"{prefix}_shared", title=title, **numbers)
    return line if shared.heir_id is None else f"{line} {say('erase_handed_over')}"


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
