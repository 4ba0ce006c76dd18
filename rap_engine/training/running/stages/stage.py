"""What a stage is; all of them one after another, and what is finished is not done again."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import Settings
from rap_engine.training.errors import RunCancelled
from rap_engine.training.fingerprint import fingerprint
from rap_engine.training.plan import Plan
from rap_engine.training.progress import Progress
from rap_engine.training.running.markers import Markers
from rap_engine.training.running.request import Request

Results = dict[str, dict[str, Any]]
"""What the stages before came to, by their names, as JSON (`running.outcome`)."""


@dataclass(frozen=True, slots=True)
class Run:
    """What the stages work with.

    Attributes:
        folder: The run's; each stage has a folder of its own in it.
        plan: What is wanted.
        request: What the trainer said beside it.
        settings: Where weights are, and the device.
        tell: Told of progress.
        should_stop: Asked often; a stage that hears yes keeps what it has and raises RunCancelled.
    """

    folder: Path
    plan: Plan
    request: Request
    settings: Settings
    tell: Callable[[Progress], None]
    should_stop: Callable[[], bool]

    def check(self) -> None:
        """Leave the work if the run shall end.

        Raises:
            RunCancelled: it shall.
        """
        if self.should_stop():
            raise RunCancelled("The run was asked to end.")


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a run.

    Attributes:
        name: As progress and markers call it.
        asked: Returns what decides what the stage comes to, beside the stages before it: its part
            of the plan, and what else.
        work: Does it, given what the stages before it came to, by their names.
    """

    name: str
    asked: Callable[[Run], Any]
    work: Callable[[Run, Results], dict[str, Any]]


def run_stages(run: Run, stages: tuple[Stage, ...]) -> Results:
    """Do all stages that are not finished, and return what each came to.

    Raises:
        RunCancelled: the run was told to end; the next process goes on from there.
        RapError: a stage cannot be done.
    """
    markers = Markers(run.folder)
    results: Results = {}
    asked = fingerprint(run.request.run)
    for stage in stages:
        # What a stage makes also depends on what those before it were asked for.
        asked = fingerprint([asked, stage.name, stage.asked(run)])
        result = markers.read(stage.name, asked)
        if result is None:
            run.check()
            run.tell(Progress(stage.name))
            result = stage.work(run, results)
            _release()
            markers.write(stage.name, asked, result)
        results[stage.name] = result
    return results


def _release() -> None:
    """Give the device back to the next stage: it loads models of its own, or starts who does."""
    if "torch" in sys.modules:
        from rap_engine.torch_runtime import release_memory  # noqa: PLC0415  imports torch

        release_memory()
