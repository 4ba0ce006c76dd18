"""Users: search one, see their numbers, let them in or keep them out."""

from collections.abc import Iterable
from functools import partial

from bot.administration.accounts import Found, read_account, search
from bot.administration.admins import is_admin
from bot.administration.person import PersonId
from bot.handlers import buttons
from bot.handlers.admin.account_text import account_text
from bot.handlers.admin.letting_in import set_access_and_tell
from bot.handlers.admin.newcomers import newcomers
from bot.handlers.admin.overview import back
from bot.handlers.admin.pages import fitting, show, shown_name
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.context import Context
from rap_engine.memory.people import ensure_user, find_user
from workers.jobs.values import Button

USERS, USER = "adm_users", "adm_user"
ALLOW, BLOCK, DEFAULT = "adm_allow", "adm_block", "adm_default"
_ACCESS_OF = {ALLOW: "allowed", BLOCK: "blocked", DEFAULT: "default"}
_MOST, _MOST_LATEST, _MOST_OF_JOBS = 15, 10, 8


def users(context: Context, words: str) -> None:
    """Show who fits some words; one person alone with all their numbers."""
    found = search(context.session, words.strip(), _MOST) if words.strip() else []
    if not words.strip():
        _choose(
            context,
            [
                context.texts.say("admin_users_how"),
                context.texts.say("admin_users_latest", most=_MOST_LATEST),
            ],
            newcomers(context.session, _MOST_LATEST),
        )
    elif not found:
        show(context, context.texts.say("admin_users_none"), back())
    elif len(found) == 1:
        user(context, found[0].user_id)
    else:
        _choose(context, [context.texts.say("admin_users_found", most=_MOST)], found)


def user_of(context: Context, words: str) -> None:
    """Show the person of a number."""
    person = PersonId.read(words)
    if person is None:
        context.say("admin_users_how")
        return
    user_id = find_user(context.session, person.channel, person.external_id)
    if user_id is None:
        context.say("admin_user_unknown", person=str(person))
    else:
        user(context, user_id)


def user(context: Context, user_id: int) -> None:
    """Show one person."""
    account = read_account(context.session, user_id)
    if account is None:
        context.say("admin_user_gone")
        return
    actions = [action for action, access in _ACCESS_OF.items() if access != account.access]
    offered = (buttons.button(action, account.user_id) for action in actions)
    show(context, account_text(context, account), *offered, back())


def _set_of(access: str, context: Context, words: str) -> None:
    """Set the access of a number, whether or not anybody of that number wrote before."""
    person = PersonId.read(words)
    if person is None:
        context.say("admin_access_how")
    elif _may_have(context, person, access):
        user_id = ensure_user(context.session, person.channel, person.external_id)
        _set(context, user_id, access)


def _set_tapped(access: str, context: Context, user_id: int) -> None:
    account = read_account(context.session, user_id)
    if account is None:
        context.say("admin_user_gone")
    elif _may_have(context, account.person, access):
        _set(context, user_id, access)


def _set(context: Context, user_id: int, access: str) -> None:
    set_access_and_tell(context, admin_of(context), user_id, access)
    user(context, user_id)


def _may_have(context: Context, person: PersonId, access: str) -> bool:
    """Say whether the access means anything for a person, and tell if it does not."""
    if access != "blocked" or not is_admin(context.session, context.settings, person):
        return True
    context.say("admin_block_admin")
    return False


def to_people(user_ids: Iterable[int]) -> list[Button]:
    """Return a button to the page of each person, as far as a page has room."""
    ids = list(dict.fromkeys(user_ids))[:_MOST_OF_JOBS]
    return [buttons.button(USER, user_id, name=f"user:{user_id}") for user_id in ids]


def _choose(context: Context, above: list[str], found: list[Found]) -> None:
    lines = above + [_line(context, one) for one in found]
    offered = (buttons.button(USER, one.user_id, name=str(one.person)) for one in found)
    show(context, fitting(context, lines), *offered, back())


def _line(context: Context, found: Found) -> str:
    return context.texts.say(
        "admin_users_item",
        person=str(found.person),
        user=found.user_id,
        name=shown_name(found.name),
    )


TOPIC = Topic(
    shows={"users": users, "user": user_of},
    acts={
        "allow": partial(_set_of, "allowed"),
        "block": partial(_set_of, "blocked"),
        "default": partial(_set_of, "default"),
    },
    shows_on_tap={USERS: lambda context, _: users(context, ""), USER: user},
    acts_on_tap={action: partial(_set_tapped, access) for action, access in _ACCESS_OF.items()},
    entrance=USERS,
)
