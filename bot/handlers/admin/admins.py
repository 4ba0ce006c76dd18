"""Admins: who they are, more of them and fewer."""

from bot.administration.admins import add_admin, added_admins, is_of_settings, remove_admin
from bot.administration.person import PersonId
from bot.handlers.admin.overview import back, refresh
from bot.handlers.admin.pages import fitting, moment, show
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.context import Context

ADMINS = "adm_admins"


def admins(context: Context) -> None:
    """Show the admins of the settings, and those that were added."""
    say = context.texts.say
    lines = [say("admin_admins")]
    lines += [say("admin_admins_of_settings", number=n) for n in context.settings.admins]
    lines += [
        say(
            "admin_admins_added",
            person=str(added.person),
            by=added.granted_by,
            at=moment(added.granted_at),
        )
        for added in added_admins(context.session)
    ]
    text = fitting(context, [*lines, say("admin_admins_how")])
    show(context, text, refresh(ADMINS), back())


def add(context: Context, words: str) -> None:
    """Make somebody an admin."""
    person = PersonId.read(words)
    if person is None:
        context.say("admin_admins_how")
    elif is_of_settings(context.settings, person):
        context.say("admin_admins_before", person=str(person))
    elif add_admin(context.session, admin_of(context), person):
        context.say("admin_admins_now", person=str(person))
    else:
        context.say("admin_admins_before", person=str(person))


def remove(context: Context, words: str) -> None:
    """Take that back from somebody; the settings' admins stay."""
    person = PersonId.read(words)
    if person is None:
        context.say("admin_admins_how")
    elif is_of_settings(context.settings, person):
        context.say("admin_admins_fixed", person=str(person))
    elif remove_admin(context.session, admin_of(context), person):
        context.say("admin_admins_no_more", person=str(person))
    else:
        context.say("admin_admins_never", person=str(person))


TOPIC = Topic(
    shows={"admins": lambda context, _: admins(context)},
    acts={"admins add": add, "admins remove": remove},
    shows_on_tap={ADMINS: lambda context, _: admins(context)},
    entrance=ADMINS,
)
