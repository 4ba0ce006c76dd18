"""Training runs, the adapters that they make, and each change of the one that answers.

All of it is the system's own: no person's rights reach it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, false, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from rap_engine.memory.tables import Base, one_of

RUN_STATES = ("queued", "running", "done", "failed", "cancelled")
VERDICTS = ("passed", "failed", "not_measured")


class TrainingRun(Base):
    """One run: what is wanted, whose hands it is in, how far it is, and what came of it.

    `attempt` is the fencing token, as with jobs: who writes progress must hold the attempt it was
    given. `publish_after` is when housekeeping may send the run's id to Celery again. At most one
    run is unfinished: two would share a GPU.

    Attributes:
        plan: The whole plan (`rap_engine.training.plan.Plan`).
        asked_by: The admin: `telegram:123`, `operator`, or `schedule`.
        stage: What is being done: `records`, `training`, `measuring`; "" before anything is.
        step, steps: How far the stage is.
        loss: The newest training loss.
        seconds_left: Of the stage, as it is estimated.
        micro_batch: The one in use, smaller than the plan's after memory ran out.
        uses_consented: Whether photos of people who agreed lie in the run's folder.
        report: What came of it: counts of records, losses, measures, the gate's verdict.
        error: Why it failed, in words for the admin.
    """

    __tablename__ = "training_runs"
    __table_args__ = (
        one_of("state", RUN_STATES),
        Index(
            "training_runs_unfinished_idx",
            text("(true)"),
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked_by: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="queued")
    attempt: Mapped[int] = mapped_column(server_default="0")
    leased_until: Mapped[datetime | None]
    publishes: Mapped[int] = mapped_column(server_default="0")
    publish_after: Mapped[datetime] = mapped_column(server_default=func.now())
    cancel_asked_by: Mapped[str | None]
    stage: Mapped[str] = mapped_column(server_default="")
    step: Mapped[int] = mapped_column(server_default="0")
    steps: Mapped[int] = mapped_column(server_default="0")
    loss: Mapped[float | None]
    seconds_left: Mapped[float | None]
    micro_batch: Mapped[int | None]
    uses_consented: Mapped[bool] = mapped_column(server_default=false())
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Adapter(Base):
    """An adapter of the weights folder that is known: what it is of, and what came of measuring it.

    Attributes:
        name: Its folder's name.
        profile: The profile whose base it is of.
        base: What names the base: the source of its weights, with its revision.
        sha256: Of `adapter_model.safetensors`, hex.
        data: What it was trained on: hashes and counts of records, settings.
        metrics: What was measured of it, and of what served then, on which evaluation set.
        verdict: What the gate said: `passed`, `failed` or `not_measured`.
        reasons: Why, in words, one line a measure.
        run_id: The run that made it; None for one that somebody brought.
        made_by: The admin who asked for it: `telegram:123`, or `operator`.
    """

    __tablename__ = "adapters"
    __table_args__ = (one_of("verdict", VERDICTS), Index(None, "run_id"))

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    profile: Mapped[str]
    base: Mapped[str]
    sha256: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    metrics: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    verdict: Mapped[str] = mapped_column(server_default="not_measured")
    reasons: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    run_id: Mapped[int | None] = mapped_column(ForeignKey("training_runs.id", ondelete="SET NULL"))
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Promotion(Base):
    """A change of what answers, by the gate or by an admin; the newest is what is in service.

    `adapter` None is the base alone. `came_from` is what answered before, which a roll-back
    returns to.
    """

    __tablename__ = "promotions"
    __table_args__ = (Index(None, "profile", "id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    profile: Mapped[str]
    adapter: Mapped[str | None]
    came_from: Mapped[str | None]
    by: Mapped[str]
    why: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
