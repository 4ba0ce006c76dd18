"""Profile and adapter: what answers, the registry, and the way back.

The profile is chosen where workers are started.
"""

from bot.administration.adapters import roll_back_adapter, use_adapter
from bot.administration.serving import InService, read_in_service
from bot.handlers import buttons
from bot.handlers.admin.overview import back, refresh
from bot.handlers.admin.pages import fitting, moment, paragraphs, show
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.context import Context
from workers.jobs.values import Button
from workers.runs.adapters import find_adapter
from workers.runs.measures import measure_params
from workers.runs.pages import adapter_number, reasons_of, roll_back_button
from workers.runs.refusals import NothingToReturnTo, NotPromoted
from workers.runs.tables import Adapter

PROFILE, USE, BASE = "adm_profile", "adm_adapter", "adm_base"
USE_DESPITE, ROLL_BACK = "adm_adapter_despite", "adm_roll_back"
_MOST_ADAPTERS = 8
_ASKED_AGAIN = ("failed", "not_measured")
"""What an admin may want all the same."""


def profile(context: Context, told: str = "") -> None:
    """Show what answers, with a button for each adapter, below what was just done."""
    found = read_in_service(context.session, context.settings)
    if found is None:
        show(context, context.texts.say("admin_profile_none"), back())
        return
    serving = found.serving
    earlier = roll_back_button(context.session, serving.profile, serving.adapter)
    text = paragraphs((told, _text(context, found)))
    show(context, text, *earlier, *_adapters(found), refresh(PROFILE), back())


def use(context: Context, name: str) -> None:
    """Switch to the adapter of a name."""
    _switch(context, name.strip())


def base(context: Context) -> None:
    """Switch to the base alone."""
    _switch(context, None)


def use_tapped(context: Context, number: int) -> None:
    """Switch to the adapter whose button was tapped, whatever came or went since."""
    _switch_to(context, number)


def use_despite(context: Context, number: int) -> None:
    """Switch to an adapter that did not pass the gate: its admin was asked twice."""
    _switch_to(context, number, despite=True)


def return_(context: Context) -> None:
    """Return to what answered before."""
    try:
        now = roll_back_adapter(context.session, admin_of(context), context.settings)
    except NothingToReturnTo:
        context.say("admin_nothing_to_return_to")
    except NotPromoted as error:
        _refuse(context, error)
    else:
        name = now or context.texts.say("admin_base_alone")
        profile(context, context.texts.say("admin_rolled_back", adapter=name))


def return_from(context: Context, number: int) -> None:
    """Return to what answered before, if what answers is what the button was shown for.

    Who taps twice goes back once.
    """
    found = read_in_service(context.session, context.settings)
    if found is None or adapter_number(found.serving.adapter) != number:
        context.say("admin_answers_otherwise")
    else:
        return_(context)


def _switch_to(context: Context, number: int, *, despite: bool = False) -> None:
    found = read_in_service(context.session, context.settings)
    names = () if found is None else _names(found)
    name = next((name for name in names if adapter_number(name) == number), None)
    if name is None:
        context.say("admin_not_promoted.gone", name="")
    else:
        _switch(context, name, despite=despite)


def _switch(context: Context, name: str | None, *, despite: bool = False) -> None:
    try:
        use_adapter(context.session, admin_of(context), context.settings, name, despite=despite)
    except NotPromoted as error:
        _refuse(context, error)
    else:
        profile(context)


def _refuse(context: Context, error: NotPromoted) -> None:
    """Say why nothing has changed; ask once more, with the gate's reasons, who may decide."""
    if error.reason not in _ASKED_AGAIN:
        context.say(f"admin_not_promoted.{error.reason}", name=error.name)
        return
    say, adapter = context.texts.say, find_adapter(context.session, error.name)
    told = say(f"admin_not_promoted.{error.reason}", name=error.name)
    why = "" if adapter is None else reasons_of(adapter)
    text = paragraphs((told, why, say("admin_all_the_same")))
    sure = buttons.button(USE_DESPITE, adapter_number(error.name), name=error.name)
    show(context, text, sure, buttons.button(PROFILE, 0))


def _names(found: InService) -> tuple[str, ...]:
    """Return registered adapters first, then those that only lie in the weights folder."""
    known = tuple(adapter.name for adapter in found.known)
    return (*known, *(name for name in found.adapters if name not in known))


def _adapters(found: InService) -> list[Button]:
    offered = _names(found)[:_MOST_ADAPTERS] if found.takes_adapters else ()
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
    names = _names(found)
    if not names:
        return context.texts.say("admin_adapters_none")
    known = {adapter.name: adapter for adapter in found.known}
    code = "admin_adapters_first" if len(names) > _MOST_ADAPTERS else "admin_adapters"
    title = context.texts.say(code, count=len(names), shown=_MOST_ADAPTERS)
    lines = (_line(context, name, known.get(name)) for name in names[:_MOST_ADAPTERS])
    return fitting(context, [title, *lines])


def _line(context: Context, name: str, adapter: Adapter | None) -> str:
    if adapter is None:
        return context.texts.say("admin_adapter_unknown", name=name)
    return context.texts.say(
        "admin_adapter_item",
        name=name,
        verdict=context.texts.say(f"admin_verdict.{adapter.verdict}"),
        at=moment(adapter.made_at),
        by=adapter.made_by,
        **measure_params(adapter.metrics),
    )


TOPIC = Topic(
    shows={"profile": lambda context, _: profile(context)},
    acts={
        "adapter use": use,
        "adapter none": lambda context, _: base(context),
        "adapter back": lambda context, _: return_(context),
    },
    shows_on_tap={PROFILE: lambda context, _: profile(context)},
    acts_on_tap={
        USE: use_tapped,
        USE_DESPITE: use_despite,
        BASE: lambda context, _: base(context),
        ROLL_BACK: return_from,
    },
    entrance=PROFILE,
)
