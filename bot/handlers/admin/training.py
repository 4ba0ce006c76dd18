"""Training: what a run would do, and asking for it."""

from bot.administration.training import PlanChanged, Proposal, propose, start
from bot.handlers import buttons
from bot.handlers.admin.overview import back
from bot.handlers.admin.pages import paragraphs, show
from bot.handlers.admin.topic import Topic, admin_of
from bot.handlers.admin.training_runs import RUN, RUNS, run
from bot.handlers.context import Context
from rap_engine.training.errors import BadPlan
from rap_engine.training.plan import Plan
from workers.jobs.values import Button
from workers.runs.errors import RunUnfinished
from workers.runs.reading import unfinished_run
from workers.runs.tables import TrainingRun

RETRAIN, START = "adm_retrain", "adm_run_start"
_LONGEST_ERROR = 1_000


def retrain(context: Context) -> None:
    """Show what would be trained, with a button that starts it, or leads to the run before it."""
    try:
        proposal = propose(context.session, context.settings)
    except BadPlan as error:
        show(context, _about_bad_plan(context, error), buttons.button(RUNS, 0), back())
        return
    other = unfinished_run(context.session)
    first = buttons.button(START, proposal.number) if other is None else _page_of(other.id)
    show(context, _text(context, proposal, other), first, buttons.button(RUNS, 0), back())


def begin(context: Context, number: int) -> None:
    """Start a run of the plan that was shown."""
    settings, publisher = context.settings, context.publisher
    try:
        run_id = start(context.session, admin_of(context), settings, publisher, number)
    except BadPlan as error:
        show(context, _about_bad_plan(context, error), buttons.button(RUNS, 0), back())
    except PlanChanged:
        context.say("admin_plan_changed")
    except RunUnfinished as error:
        text = context.texts.say("admin_run_unfinished", run=error.run_id)
        show(context, text, _page_of(error.run_id), buttons.button(RUNS, 0))
    else:
        run(context, run_id)


def _about_bad_plan(context: Context, error: BadPlan) -> str:
    return context.texts.say("admin_plan_bad", error=str(error)[:_LONGEST_ERROR])


def _page_of(run_id: int) -> Button:
    return buttons.button(RUN, run_id, name=str(run_id))


def _text(context: Context, proposal: Proposal, other: TrainingRun | None) -> str:
    say, plan = context.texts.say, proposal.plan
    code = "admin_plan_consented" if plan.records.consented else "admin_plan_consented_not"
    parts = (
        say("admin_plan", plan=plan.name, profile=proposal.profile),
        "\n".join((_sources(context, plan), say(code, views=f"{proposal.consented_views:,}"))),
        _trainer(context, plan),
        _gate(context, plan),
        say("admin_plan_sure")
        if other is None
        else say(f"admin_plan_not_now.{other.state}", run=other.id),
    )
    return paragraphs(parts)


def _sources(context: Context, plan: Plan) -> str:
    sources = plan.records.sources
    if not sources:
        return context.texts.say("admin_plan_no_sources")
    # A plan may name a source a thousand times; a message has room for a few.
    layouts = ", ".join(dict.fromkeys(source.layout for source in sources))
    return context.texts.say("admin_plan_sources", count=len(sources), layouts=layouts)


def _trainer(context: Context, plan: Plan) -> str:
    trainer = plan.trainer
    length = (
        context.texts.say("admin_plan_epochs", epochs=f"{trainer.epochs:g}")
        if trainer.most_steps is None
        else context.texts.say(
            "admin_plan_steps", epochs=f"{trainer.epochs:g}", steps=f"{trainer.most_steps:,}"
        )
    )
    return context.texts.say(
        "admin_plan_trainer",
        rank=trainer.lora.rank,
        rate=f"{trainer.learning_rate:g}",
        batch=trainer.batch,
        length=length,
    )


def _gate(context: Context, plan: Plan) -> str:
    if plan.gate.evaluation_set is None:
        return context.texts.say("admin_plan_not_measured")
    return context.texts.say("admin_plan_promoted" if plan.gate.promote else "admin_plan_kept_out")


TOPIC = Topic(
    shows={"retrain": lambda context, _: retrain(context)},
    shows_on_tap={RETRAIN: lambda context, _: retrain(context)},
    acts_on_tap={START: begin},
)
