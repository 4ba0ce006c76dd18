"""Training runs: the latest, how far one is or what came of it, its loss, and its end."""

import math

from bot.administration.training import end
from bot.handlers import buttons
from bot.handlers.admin.loss_curve import Words, draw_losses
from bot.handlers.admin.overview import back, refresh
from bot.handlers.admin.pages import moment, show
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.context import Context
from workers.jobs.outbox import add_replies
from workers.jobs.values import Content, Draft
from workers.runs.errors import NoSuchRun
from workers.runs.pages import page_of, plan_name, what_came_of
from workers.runs.queue import LOSSES
from workers.runs.reading import list_runs, read_run, unfinished_run
from workers.runs.tables import TrainingRun

RUNS, RUN, LOSS = "adm_runs", "adm_run", "adm_run_loss"
CANCEL = "adm_run_cancel"
_MOST = 8
_MOST_DIGITS = 15


def runs(context: Context, words: str = "") -> None:
    """Show the latest runs, or the one whose number was written."""
    number = words.strip()
    if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS:
        run(context, int(number))
        return
    found = list_runs(context.session, _MOST)
    title = context.texts.say("admin_runs" if found else "admin_runs_none", most=_MOST)
    lines = [title, *(_line(context, one) for one in found)]
    offered = (buttons.button(RUN, one.id, name=str(one.id)) for one in found)
    begin = buttons.button("adm_retrain", 0)
    show(context, "\n".join(lines), *offered, begin, refresh(RUNS), back())


def run(context: Context, run_id: int) -> None:
    """Show one run."""
    found = _found(context, run_id)
    if found is not None:
        content = page_of(context.session, found)
        context.put_in_place(str(content.notice), buttons=content.buttons, **(content.params or {}))


def picture(context: Context, run_id: int) -> None:
    """Send the loss so far as a picture, in a message of its own."""
    found = _found(context, run_id)
    if found is None:
        return
    curve = ((int(step), float(loss)) for step, loss in found.report.get(LOSSES, ()))
    points = [(step, loss) for step, loss in curve if math.isfinite(loss)]
    if not points:
        context.say("admin_run_no_loss")
        return
    params = {"run": str(run_id), "step": f"{points[-1][0]:,}", "loss": f"{points[-1][1]:.4f}"}
    drafts = [
        Draft(Content(notice="admin_run_loss", params=params), _drawn(context, found, points))
    ]
    if context.incoming.tap is not None:
        drafts.insert(0, Draft(Content(callback_id=context.incoming.tap.callback_id)))
    add_replies(context.session, context.address, drafts)


def ask_to_cancel(context: Context, run_id: int) -> None:
    """Ask whether a run shall end, if it has not. 0 is the one that waits or is under way."""
    found = _found(context, run_id) if run_id else unfinished_run(context.session)
    if found is None:
        if not run_id:
            context.say("admin_run_none")
        return
    if found.finished_at is not None or found.cancel_asked_by is not None:
        run(context, found.id)
        return
    text = context.texts.say("admin_run_cancel_sure", run=found.id, plan=plan_name(found))
    sure = buttons.button(CANCEL, found.id, name=str(found.id))
    show(context, text, sure, buttons.button(RUN, found.id, label="adm_run_goes_on"))


def cancel(context: Context, run_id: int) -> None:
    """End a run; its page tells how that goes."""
    try:
        end(context.session, admin_of(context), run_id)
    except NoSuchRun:
        context.say("admin_run_gone")
    else:
        run(context, run_id)


def _found(context: Context, run_id: int) -> TrainingRun | None:
    try:
        return read_run(context.session, run_id)
    except NoSuchRun:
        context.say("admin_run_gone")
        return None


def _drawn(context: Context, found: TrainingRun, points: list[tuple[int, float]]) -> bytes:
    say, held_out = context.texts.say, _held_out(found)
    words = Words(
        title=say("admin_run_loss_title", run=found.id, plan=plan_name(found)),
        losses=say("admin_run_loss_training"),
        steps=say("admin_run_loss_steps"),
        held_out="" if held_out is None else say("admin_run_loss_held_out", loss=f"{held_out:.4f}"),
    )
    return draw_losses(points, words, held_out)


def _held_out(found: TrainingRun) -> float | None:
    """Return the loss over what was held out, which a run tells at its end."""
    held_out = found.report.get("training", {}).get("held_out_loss")
    is_number = isinstance(held_out, int | float) and math.isfinite(held_out)
    return float(held_out) if is_number else None


def _line(context: Context, one: TrainingRun) -> str:
    return context.texts.say(
        "admin_runs_item",
        run=one.id,
        plan=plan_name(one),
        state=context.texts.say(f"admin_run_state.{what_came_of(context.session, one)}"),
        at=moment(one.finished_at or one.created_at),
        by=one.asked_by,
    )


TOPIC = Topic(
    shows={"runs": runs},
    shows_on_tap={
        RUNS: lambda context, _: runs(context),
        RUN: run,
        LOSS: picture,
        buttons.END_RUN: ask_to_cancel,
    },
    acts_on_tap={CANCEL: cancel},
    entrance=RUNS,
)
