"""Training runs as admins ask for them and end them.

A plan names files of the machine that trains; what it says is shown here as it is.
"""

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy.orm import Session

from bot.administration import audit
from config import Settings
from rap_engine.errors import RapError
from rap_engine.memory.consent import count_for_training
from rap_engine.memory.in_service import read_serving
from rap_engine.training.plan import Plan, RecordsPlan, TrainerPlan
from workers.jobs.queue import Publisher
from workers.runs.errors import RunUnfinished
from workers.runs.queue import ask_for_run, ask_to_cancel
from workers.runs.reading import read_run, unfinished_run
from workers.runs.telling import tell_ending

_NUMBER_BYTES = 7
"""What a button can carry."""


class PlanChanged(RapError):
    """The plan is another one than was shown."""

    code: ClassVar[str] = "plan_changed"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a run would do now.

    `profile` is whose base it would train, `consented_views` how many photos people agreed to;
    they are used if the plan says so. `number` stands for the plan in a button.
    """

    plan: Plan
    profile: str
    consented_views: int
    number: int


def propose(session: Session, settings: Settings) -> Proposal:
    """Return what a run would do now: the plan of the settings, or the default one.

    Raises:
        BadPlan: the plan's file cannot be read, or says what cannot be done.
    """
    plan, serving = _plan(settings), read_serving(session)
    serves = settings.profile if serving is None else serving.profile
    digest = hashlib.sha256(plan.model_dump_json().encode()).digest()
    return Proposal(
        plan=plan,
        profile=plan.profile or serves,
        consented_views=count_for_training(session),
        number=int.from_bytes(digest[:_NUMBER_BYTES]),
    )


def start(session: Session, by: str, settings: Settings, publisher: Publisher, number: int) -> int:
    """Ask for a run of the plan that was shown, and return the run's number.

    Raises:
        BadPlan: the plan's file cannot be read, or says what cannot be done.
        PlanChanged: the plan is another one now.
        RunUnfinished: another run waits or is under way.
    """
    proposal = propose(session, settings)
    if proposal.number != number:
        raise PlanChanged("The plan has changed since it was shown.")
    other = unfinished_run(session)
    if other is not None:
        # Refused by the table too, but a row that it refuses has used up a number.
        raise RunUnfinished(other.id)
    run_id = ask_for_run(session, proposal.plan, by, publisher)
    audit.note(session, by, "run_asked_for", f"run:{run_id}", plan=proposal.plan.name)
    return run_id


def end(session: Session, by: str, run_id: int) -> str:
    """Ask for a run's end, and return its state: one that nobody works on ends at once.

    Who asked for it is told, unless they are who ends it.

    Raises:
        NoSuchRun: there is no run of that number.
    """
    run = read_run(session, run_id)
    was_asked = run.cancel_asked_by is not None or run.finished_at is not None
    state = ask_to_cancel(session, run_id, by)
    if was_asked:
        return state
    audit.note(session, by, "run_cancel_asked", f"run:{run_id}")
    if state == "cancelled" and run.asked_by != by:
        tell_ending(session, run_id)
    return state


def _plan(settings: Settings) -> Plan:
    if settings.training_plan is not None:
        return Plan.read(settings.training_plan)
    # The paper's batch is for a hundred times as many records: of so few, it makes few steps.
    trainer = TrainerPlan(batch=16, held_out=0.05, checkpoint_every=25, evaluate_every=25)
    return Plan(records=RecordsPlan(consented=True), trainer=trainer)
