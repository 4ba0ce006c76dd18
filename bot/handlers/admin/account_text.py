"""One person in numbers, as a text."""

from bot.administration.accounts import Account, ListNumbers
from bot.handlers.admin.pages import fitting, megabytes, moment, shown_name
from bot.handlers.context import Context
from rap_engine.memory.usage import MB


def account_text(context: Context, account: Account) -> str:
    """Return what an admin may know of a person: nothing of it is a concept, photo or question."""
    say = context.texts.say
    jobs = ", ".join(f"{count} {state}" for state, count in sorted(account.jobs.items()))
    head = say(
        "admin_user",
        person=str(account.person),
        user=account.user_id,
        name=shown_name(account.name),
        here=_here(context, account),
        access=say(f"admin_access.{account.access}"),
        today=account.jobs_today,
        quota=_or_default(context, account.jobs_a_day, context.settings.jobs_a_day),
        jobs=jobs or say("admin_none"),
    )
    return fitting(context, [head, *(_line(context, one) for one in account.lists)])


def _here(context: Context, account: Account) -> str:
    if not account.name:
        # Who came themselves has one.
        return context.texts.say("admin_user_not_yet")
    return context.texts.say("admin_user_here", since=moment(account.created_at))


def _line(context: Context, one: ListNumbers) -> str:
    settings = context.settings
    text = context.texts.say(
        "admin_user_list",
        list=one.list_id,
        kind=one.kind,
        role=one.role,
        members=one.members,
        concepts=one.concepts,
        views=one.views,
        most=_or_default(context, one.most_concepts, settings.most_concepts),
        used=megabytes(one.photo_bytes),
        most_mb=_or_default(
            context,
            None if one.most_bytes is None else one.most_bytes // MB,
            settings.most_storage_mb,
        ),
    )
    if one.kind == "personal":
        return text
    quota = _or_default(context, one.jobs_a_day, settings.family_jobs_a_day)
    return text + context.texts.say("admin_user_list_jobs", quota=quota)


def _or_default(context: Context, value: int | None, default: int) -> str:
    """Return a quota; one that overrides the settings is marked."""
    if value is None:
        return f"{default:,}"
    return context.texts.say("admin_own_quota", value=f"{value:,}")
