"""Export: all that is held of a person goes to their chat as archives. It needs no models."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from rap_engine.transfer.exporting import export_person
from workers.jobs.errors import LeaseLost
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Job
from workers.jobs.values import Content, Draft, Lease
from workers.runner import Outcome


def export(session: Session, lease: Lease) -> Outcome:
    """Put one archive after the other into the outbox, and say at the end how many there were.

    Raises:
        LeaseLost: the person wants to be erased meanwhile, which this holds up, or a worker that
            was thought dead comes back.
    """
    now = datetime.now(UTC)
    parts = 0
    for part in export_person(session, lease.address.user_id, now):
        _see_to_lease(session, lease)
        counts = {"concepts": part.concepts, "photos": part.views, "turns": part.turns}
        content = Content(
            notice="export_part",
            params={"number": str(part.number), **{k: str(v) for k, v in counts.items()}},
            file_name=f"rapbot-export-{now.date().isoformat()}-{part.number}.zip",
        )
        # At once and not with the end of the job: all of them together may not fit into memory.
        add_replies(session, lease.address, [Draft(content, part.file.read())], lease.job_id)
        parts += 1
    done = Content(notice="export_done", params={"parts": str(parts)})
    return Outcome([Draft(done)], {"parts": parts})


def _see_to_lease(session: Session, lease: Lease) -> None:
    held = (Job.id == lease.job_id, Job.attempt == lease.attempt, Job.state == "running")
    if session.scalar(select(Job.id).where(*held)) is None:
        raise LeaseLost(f"job {lease.job_id}, attempt {lease.attempt}")
