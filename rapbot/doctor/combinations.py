"""Checks of settings that are each right and make no sense together."""

from config import Settings
from rapbot.doctor.finding import Finding


def somebody_may_write(settings: Settings) -> Finding:
    """Look whether those who may write to the bot are named, and whether that has a meaning."""
    name = "access"
    if settings.access == "open":
        if settings.allowed:
            return Finding.warning(
                name,
                "everybody may write to the bot, so RAPBOT_ALLOWED has no effect",
                "Set RAPBOT_ACCESS=listed, or take RAPBOT_ALLOWED out.",
            )
        if settings.telegram_token is not None and settings.contact is None:
            return Finding.warning(
                name,
                "everybody may write to the bot, and /privacy does not say how to reach you",
                "Set RAPBOT_CONTACT, as in `@anna or anna@example.org`.",
            )
        return Finding.fine(name, "everybody may write to the bot")
    if not settings.allowed and not settings.admins:
        return Finding.warning(
            name,
            "only who is listed may write to the bot, and the settings name nobody",
            "Set RAPBOT_ALLOWED or RAPBOT_ADMINS to your Telegram number, or make the first admin"
            " with `rapbot admin add telegram:NUMBER`.",
        )
    return Finding.fine(
        name, f"the settings name {len({*settings.allowed, *settings.admins})} who may write"
    )


def limits_fit_together(settings: Settings) -> Finding:
    """Look for a limit of one person that the limit of all is reached before."""
    name = "limits"
    person, everybody = settings.most_waiting_jobs, settings.queue_limit
    if person > everybody:
        return Finding.warning(
            name,
            f"one person may let {person} jobs wait, but all together only {everybody}: one person"
            " can keep everybody out",
            "Set RAPBOT_MOST_WAITING_JOBS well below RAPBOT_QUEUE_LIMIT.",
        )
    if settings.jobs_a_day > settings.family_jobs_a_day:
        return Finding.warning(
            name,
            f"one person may send {settings.jobs_a_day} jobs a day, but a family or group together"
            f" only {settings.family_jobs_a_day}: one member can use up what is everybody's",
            "Set RAPBOT_FAMILY_JOBS_A_DAY above RAPBOT_JOBS_A_DAY.",
        )
    return Finding.fine(name, "one person's are below everybody's")
