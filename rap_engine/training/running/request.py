"""What a run's process is told beside the plan: a file in the run's folder."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from rap_engine.checkpoints.files import write_json
from rap_engine.training.errors import BadPlan
from rap_engine.training.plan import Plan
from rap_engine.training.running.outcome import faults_of

PLAN_FILE = "plan.json"
REQUEST_FILE = "request.json"


class Request(BaseModel):
    """What the trainer knows and the plan does not say.

    Attributes:
        run: Names the run in its records and its log.
        profile: The base, whose generator is trained.
        serving: Folder of the adapter that answers now and is measured beside the new one; None is
            the base alone.
        consented: Folder with what people who agreed told; None where the plan does not ask for it
            or nobody agreed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str
    profile: str
    serving: Path | None = None
    consented: Path | None = None

    def write(self, folder: Path, plan: Plan) -> None:
        """Write plan and request into a run's folder.

        Raises:
            DiskFull: there is no room.
        """
        write_json(folder / PLAN_FILE, plan.model_dump(mode="json"))
        write_json(folder / REQUEST_FILE, self.model_dump(mode="json"))

    @classmethod
    def read(cls, folder: Path) -> tuple[Plan, Self]:
        """Read plan and request of a run's folder.

        Raises:
            BadPlan: one of the two is missing or broken.
        """
        try:
            plan = Plan.model_validate_json((folder / PLAN_FILE).read_bytes())
            return plan, cls.model_validate_json((folder / REQUEST_FILE).read_bytes())
        except OSError as error:
            raise BadPlan(f"{error.filename}: {error.strerror}") from error
        except ValidationError as error:
            raise BadPlan(f"{folder}: {faults_of(error)}") from error
