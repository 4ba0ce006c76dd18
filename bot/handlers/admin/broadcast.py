"""Broadcast: shown back first, then sent a few at a time."""

from bot.administration.broadcasts import Progress, draft, recent, send, stop
from bot.handlers import buttons
from bot.handlers.admin.overview import back, refresh
from bot.handlers.admin.pages import show
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.context import Context

BROADCASTS, SEND, STOP = "adm_broadcasts", "adm_send", "adm_stop"
MOST_CHARACTERS = 3_000
_MOST = 5


def compose(context: Context, words: str) -> None:
    """Show a text back, with how many get it and a button that sends it."""
    text = words.strip()
    if not text:
        broadcasts(context)
    elif len(text) > MOST_CHARACTERS:
        context.say("admin_broadcast_too_long", limit=f"{MOST_CHARACTERS:,}")
    else:
        made = draft(context.session, admin_of(context), text)
        code = "admin_broadcast_draft_one" if made.left == 1 else "admin_broadcast_draft"
        shown = context.texts.say(code, receivers=made.left, text=text)
        show(context, shown, buttons.button(SEND, made.broadcast_id), back())


def broadcasts(context: Context) -> None:
    """Show how far the latest ones are."""
    found = recent(context.session, _MOST)
    lines = [context.texts.say("admin_broadcasts")]
    lines += [context.texts.say("admin_broadcasts_latest")] * bool(found)
    lines += [_line(context, one) for one in found]
    running = (one.broadcast_id for one in found if one.state == "running")
    offered = (buttons.button(STOP, number, name=str(number)) for number in running)
    show(context, "\n".join(lines), *offered, refresh(BROADCASTS), back())


def go(context: Context, broadcast_id: int) -> None:
    """Let a draft go out."""
    _acted(context, send(context.session, admin_of(context), broadcast_id))


def halt(context: Context, broadcast_id: int) -> None:
    """Let one go out to nobody else."""
    _acted(context, stop(context.session, admin_of(context), broadcast_id))


def _acted(context: Context, progress: Progress | None) -> None:
    if progress is None:
        context.say("admin_broadcast_gone")
    else:
        broadcasts(context)


def _line(context: Context, progress: Progress) -> str:
    return context.texts.say(
        f"admin_broadcast.{progress.state}",
        broadcast=progress.broadcast_id,
        sent=progress.sent,
        all=progress.sent + progress.left,
    )


TOPIC = Topic(
    acts={"broadcast": compose},
    shows_on_tap={BROADCASTS: lambda context, _: broadcasts(context)},
    acts_on_tap={SEND: go, STOP: halt},
    entrance=BROADCASTS,
)
