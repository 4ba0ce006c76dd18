"""What /delete_my_data says: what goes, what remains, and where."""

from dataclasses import dataclass

from bot.handlers.context import Context
from rap_engine.memory.erasure import Holdings, Shared
from rap_engine.memory.people import GROUP


@dataclass(frozen=True, slots=True)
class Erased:
    """What there was. `is_kept_away`: they are blocked, so their number stays."""

    held: Holdings
    updates: int
    jobs: int
    replies: int
    is_kept_away: bool


def tell_plan(context: Context, held: Holdings) -> str:
    """Say what would go and what would remain."""
    counted = _counted(context, concepts=held.concepts, photos=held.views, turns=held.turns)
    lines = [_saying(context, "erase_plan", counted)]
    lines += [_line(context, "erase_plan", shared) for shared in held.shared]
    return "\n".join(lines)


def tell_erased(context: Context, erased: Erased, *, takes_along: bool) -> str:
    """Say what went and what remains."""
    say, held = context.texts.say, erased.held
    counted = _counted(
        context,
        concepts=held.concepts,
        photos=held.views,
        turns=held.turns,
        updates=erased.updates,
        jobs=erased.jobs,
        replies=erased.replies,
    )
    prefix = "erased_along" if takes_along else "erased"
    lines = [_saying(context, "erased", counted)]
    lines += [_line(context, prefix, shared) for shared in held.shared]
    lines += [say("erased_blocked")] * erased.is_kept_away
    return "\n".join((*lines, say("erased_elsewhere")))


def _line(context: Context, prefix: str, shared: Shared) -> str:
    """Say what becomes of a shared list and of what the person added to it."""
    say = context.texts.say
    title = shared.title or say("erase_no_title")
    if shared.is_last:
        # Others are in the group all the same, and the bot does not know them.
        kind = "last_group" if shared.kind == GROUP else "last"
        return say(f"{prefix}_{kind}", title=title)
    counted = _counted(context, concepts=shared.concepts, shared_photos=shared.views)
    line = _saying(context, f"{prefix}_shared", counted, title=title)
    if shared.heir_id is None:
        return line
    then = "erase_handed_over" if prefix == "erase_plan" else "erased_handed_over"
    return f"{line} {say(then)}"


def _counted(context: Context, **counts: int) -> str:
    """Return what there is any of with its number; "" if there is nothing."""
    found = ((name, count) for name, count in counts.items() if count)
    return ", ".join(context.texts.say(f"erase_count.{name}", count=count) for name, count in found)


def _saying(context: Context, code: str, counted: str, **params: str) -> str:
    """Return the sentence with the numbers, or its like without any."""
    say = context.texts.say
    return say(code, counted=counted, **params) if counted else say(f"{code}_nothing", **params)
