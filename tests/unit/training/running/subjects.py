"""A run in a folder, and what a whole one comes to."""

from pathlib import Path
from typing import Any

from rap_engine.training.plan import Plan
from rap_engine.training.running.request import Request
from rap_engine.training.running.stages.stage import Run
from tests.services import bare_settings

REQUEST = Request(run="7 of today", profile="small")

RESULT: dict[str, dict[str, Any]] = {
    "records": {"records": 3, "kinds": {"caption": 3}, "skips": {}, "data_hash": "0"},
    "training": {
        "adapter": "/adapter",
        "sha256": "0",
        "steps": 3,
        "loss": 0.5,
        "held_out_loss": None,
        "seconds": 1.0,
        "counts": {"records": 3},
        "unreadable": 0,
    },
    "measuring": {
        "verdict": "passed",
        "reasons": [],
        "before": {},
        "after": {},
        "beside": None,
        "evaluation_set": None,
        "reports": [],
    },
}


def run_of(folder: Path, plan: Plan | None = None, request: Request = REQUEST) -> Run:
    settings = bare_settings(folder)
    return Run(folder, plan or Plan(), request, settings, lambda _: None, lambda: False)
