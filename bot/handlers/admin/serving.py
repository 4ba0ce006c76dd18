"""Profile and adapter: what answers. The profile is chosen where workers are started."""

import hashlib

from bot.administration.serving import InService, read_in_service, use_adapter
from bot.handlers import buttons
from bot.handlers.admin.overview import back, refresh
from bot.handlers.admin.pages import moment, paragraphs, show
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.context import Context
from workers.jobs.values import Button

PROFILE, USE, BASE = "adm_profile", "adm_adapter", "adm_base"
_MOST_ADAPTERS = 8
_NUMBER_BYTES = 7
"""What a button can carry."""


def profile(context: Context) -> None:
    """Show what answers, with a button for each adapter."""
    found = read_in_service(context.session, context.settings)
    if found is None:
        show(context, context.texts.say("admin_profile_none"), back())
    else:
        show(context, _text(context, found), *_adapters(found), refresh(PROFILE), back())


def use(context: Context, name: str) -> None:
    """Switch to the adapter of a name."""
    _switch(context, name.strip())


def base(context: Context) -> None:
    """Switch to the base alone."""
    _switch(context, None)


def use_tapped(context: Context, number: int) -> None:
    """Switch to the adapter whose button was tapped, whatever came or went since."""
    found = read_in_service(context.session, context.settings)
    names = () if found is None else found.adapters
    name = next((name for name in names if adapter_number(name) == number), None)
    if name is None:
        context.say("admin_adapter_gone")
    else:
        _switch(context, name)


def adapter_number(name: str) -> int:
    """Return a number that stands for a name in a button."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:_NUMBER_BYTES])


def _switch(context: Context, name: str | None) -> None:
    if use_adapter(context.session, admin_of(context), context.settings, name):
        profile(context)
    else:
        context.say("admin_adapter_gone")


def _adapters(found: InService) -> list[Button]:
    offered = found.adapters[:_MOST_ADAPTERS] if found.takes_adapters else ()
    others = (name for name in offered if name != found.serving.adapter)
    chosen = [buttons.button(USE, adapter_number(name), name=name) for name in others]
    return [*chosen, buttons.button(BASE, 0)] if found.serving.adapter else chosen


def _text(context: Context, found: InService) -> str:
    say, serving = context.texts.say, found.serving
    answers = say(
        "admin_profile",
        profile=serving.profile,
        adapter=serving.adapter or say("admin_none"),
        since=moment(serving.changed_at),
        cutoff=say("admin_unknown") if found.cutoff is None else f"{found.cutoff:.3f}",
    )
    wanted = (
        say("admin_profile_wanted", wanted=serving.wanted)
        if serving.wanted != serving.profile
        else ""
    )
    parts = (
        *(answers, wanted, _keys(context, found)),
        *(_about_adapters(context, found), say("admin_profile_how")),
    )
    return paragraphs(parts)


def _keys(context: Context, found: InService) -> str:
    progress = found.progress
    if progress is None:
        return ""
    code = "admin_profile_keys" if progress.is_complete else "admin_profile_embedding"
    return context.texts.say(code, encoder=found.encoder, done=progress.done, total=progress.total)


def _about_adapters(context: Context, found: InService) -> str:
    if not found.takes_adapters:
        return context.texts.say("admin_adapters_not_taken")
    if not found.adapters:
        return context.texts.say("admin_adapters_none")
    return context.texts.say("admin_adapters", count=len(found.adapters), shown=_MOST_ADAPTERS)


TOPIC = Topic(
    shows={"profile": lambda context, _: profile(context)},
    acts={"adapter use": use, "adapter none": lambda context, _: base(context)},
    shows_on_tap={PROFILE: lambda context, _: profile(context)},
    acts_on_tap={USE: use_tapped, BASE: lambda context, _: base(context)},
    entrance=PROFILE,
)
