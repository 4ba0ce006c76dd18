"""A trainer whose runs are done by a stand-in, on a profile whose weights are said to be there."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config import Settings
from rap_engine.memory import Database
from rap_engine.memory.in_service import serving_or
from rap_engine.training.plan import Plan, RecordsPlan
from tests.integration.jobs.publisher import Published
from tests.services import bare_settings
from workers.runs.folders import RunFolder
from workers.runs.queue import ask_for_run
from workers.runs.reading import read_run
from workers.runs.tables import TrainingRun
from workers.tasks.train import Trainer

PROFILE = "small"
RECIPE = """
title = "A small model that can be trained"
detector = { kind = "ssd" }
encoder = { kind = "lite0" }

[generator]
kind = "transformers"
name = "small"
source = { repo = "tests/small-llava" }
prompt = "rap"
context = 1024
max_new_tokens = 8
"""
SOON_S = 60.0
LEASE_S = 2.0
_STAND_IN = Path(__file__).with_name("stand_in.py")


def soon(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + SOON_S
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


@dataclass
class Yard:
    """A place for runs, and what the stand-in that does them shall do."""

    database: Database
    settings: Settings
    published: Published = field(default_factory=Published)

    def tell(self, **told: object) -> None:
        folder = self.settings.training_dir
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "stand_in.json").write_text(json.dumps(told))

    def trainer(self) -> Trainer:
        def command(folder: Path) -> tuple[str, ...]:
            return (sys.executable, str(_STAND_IN), str(folder))

        return Trainer(self.database, self.settings, command=command, look_s=0.05)

    def ask(self, plan: Plan | None = None, by: str = "operator") -> int:
        with self.database.transaction() as session:
            return ask_for_run(session, plan or Plan(name="dogs"), by, self.published)

    def row(self, run_id: int) -> TrainingRun:
        with self.database.transaction() as session:
            return read_run(session, run_id)

    def folder(self, run_id: int) -> RunFolder:
        return RunFolder.of(self.settings.training_dir, run_id)

    def beginnings(self, run_id: int) -> list[int]:
        """Return the steps at which the stand-in's processes began."""
        log = self.folder(run_id).path / "beginnings.log"
        if not log.exists():
            return []
        return [int(line.split()[0]) for line in log.read_text().splitlines()]

    @contextmanager
    def at_work(self, run_id: int, trainer: Trainer | None = None) -> Iterator[Trainer]:
        """Do a run on a thread while the block lasts, from its first progress on."""
        working = trainer or self.trainer()
        thread = threading.Thread(target=working.run, args=(run_id,))
        thread.start()
        try:
            soon(lambda: self.row(run_id).step > 0 or not thread.is_alive())
            yield working
        finally:
            working.stopping.set()
            thread.join(SOON_S)
            assert not thread.is_alive()


@pytest.fixture
def yard(database: Database, tmp_path: Path) -> Yard:
    settings = bare_settings(tmp_path, profile=PROFILE, job_lease_s=LEASE_S)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / f"{PROFILE}.toml").write_text(RECIPE)
    weights = settings.weights_dir / "downloaded" / "tests--small-llava"
    weights.mkdir(parents=True)
    (weights / "fetched.json").write_text("{}")
    with database.transaction() as session:
        serving_or(session, PROFILE)
    yard = Yard(database, settings)
    yard.tell(steps=3)
    return yard


@pytest.fixture
def consenting() -> Plan:
    return Plan(name="dogs", records=RecordsPlan(consented=True))
