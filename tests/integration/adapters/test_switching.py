"""An adapter promoted while questions are answered: no answer is lost, and each says what made it.

Two workers, each with a LLaVA of random weights and a real architecture, answer from threads.
"""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import torch
from sqlalchemy import select

from rap_engine.checkpoints.store import WeightsStore
from rap_engine.engine import Engine
from rap_engine.exchange import Question
from rap_engine.memory import Database
from rap_engine.memory.conversations import ChatId
from rap_engine.memory.people import ensure_user
from rap_engine.memory.tables import Turn
from tests.integration.adapters.shelf import PROFILE, answering, put, take_back
from tests.integration.engine.colours import colour_profile, photo
from tests.integration.jobs.publisher import Published
from tests.models.llava import write_llava, write_lora
from tests.services import bare_settings
from tests.unit.generate.language_model.generators import load
from workers.jobs.queue import enqueue
from workers.jobs.tables import Job, Reply
from workers.jobs.uploads import keep_upload
from workers.jobs.values import Address, AnswerRequest
from workers.models import host_of
from workers.runner import Runner
from workers.runs.adapters import register
from workers.runs.admission import sha256_on_shelf
from workers.tasks.answer import answer

pytestmark = pytest.mark.integration

QUESTIONS = 16
CHANGES = {3: "first", 6: "second", 9: None, 12: "back", 14: "first"}
"""Before which question what is asked for; "back" is what answered before."""
QUESTION = "What is in the photo?"
PHOTO = photo("peru")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base, and a weights folder with two adapters of it that say other things."""
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("models")
    write_llava(root / "base")
    for seed, name in enumerate(("first", "second")):
        write_lora(root / "weights" / "adapters" / name, root / "base", seed)
    return root


@pytest.fixture
def store(models: Path) -> WeightsStore:
    return WeightsStore(models / "weights")


@pytest.fixture
def _registered(serving: Database, store: WeightsStore) -> None:
    with serving.transaction() as session:
        for name in ("first", "second"):
            register(
                session,
                name=name,
                profile=PROFILE,
                base="tests/base@1",
                sha256=str(sha256_on_shelf(store, name)),
                data={},
                metrics={},
                verdict="passed",
                reasons=(),
                run_id=None,
                made_by="operator",
            )


def _engine(database: Database, models: Path) -> Engine:
    generator = load(models / "base")
    return Engine(database, replace(colour_profile(), name=PROFILE, generator=generator))


@dataclass
class Promoter:
    """Changes what answers from a thread of its own, while questions are being answered."""

    database: Database
    store: WeightsStore
    changes: "queue.Queue[str | None]" = field(default_factory=queue.Queue)
    changed: "queue.Queue[str | None]" = field(default_factory=queue.Queue)

    @contextmanager
    def running(self) -> Iterator[None]:
        thread = threading.Thread(target=self._work)
        thread.start()
        try:
            yield
        finally:
            self.changes.put("the end")
            thread.join()

    def _work(self) -> None:
        while (name := self.changes.get()) != "the end":
            if name == "back":
                name = take_back(self.database, self.store)
            else:
                put(self.database, self.store, name)
            self.changed.put(name)


@pytest.fixture
def workers(
    serving: Database, models: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Runner, Runner]:
    """Two workers; of their models everything is real but the recipe, which no small one has."""
    monkeypatch.setattr(
        "workers.models._Models._engine", lambda wanted, _: _engine(wanted.database, models)
    )
    settings = bare_settings(models, profile=PROFILE, weights_folder=models / "weights")
    first, second = (
        Runner(serving, host_of(settings, serving), Published(), lease_s=60.0, time_limit_s=60.0)
        for _ in range(2)
    )
    return first, second


def _ask(database: Database, number: int) -> int:
    """Let somebody new ask: each has a chat of their own, where nothing was said before."""
    with database.transaction() as session:
        user_id = ensure_user(session, "console", f"friend-{number}")
        upload_id = keep_upload(session, user_id, PHOTO)
        address = Address(user_id, "console", user_id)
        return enqueue(session, Published(), address, AnswerRequest(QUESTION), upload_id)


def _said_by_each(database: Database, models: Path, store: WeightsStore) -> dict[str | None, str]:
    """What base and adapters answer when nothing else happens."""
    said = {}
    generator = load(models / "base")
    for name in (None, "first", "second"):
        generator.use_adapter(None if name is None else store.adapters / name)
        engine = Engine(database, replace(colour_profile(), name=PROFILE, generator=generator))
        said[name] = _answer(database, engine, f"{name}")
    return said


def _answer(database: Database, engine: Engine, who: str) -> str:
    with database.transaction() as session:
        user_id = ensure_user(session, "console", who)
    return engine.answer(Question(ChatId(user_id, "console", user_id), QUESTION, PHOTO)).text


@pytest.mark.usefixtures("_registered")
def test_no_answer_is_lost_and_each_says_which_adapter_made_it(
    serving: Database, models: Path, store: WeightsStore, workers: tuple[Runner, Runner]
) -> None:
    said = _said_by_each(serving, models, store)
    assert len(set(said.values())) == 3
    jobs = [_ask(serving, number) for number in range(QUESTIONS)]
    promoter = Promoter(serving, store)
    with promoter.running():
        for number, job_id in enumerate(jobs):
            if number in CHANGES:
                promoter.changes.put(CHANGES[number])
            # The next question may be under way while that is committed, the one after it not.
            elif number - 1 in CHANGES:
                promoter.changed.get(timeout=60)
            workers[number % 2].run(job_id, answer)
    assert answering(serving) == "first"
    with serving.transaction() as session:
        states = session.scalars(select(Job.state).where(Job.id.in_(jobs))).all()
        replies = session.scalars(select(Reply.job_id)).all()
        turns = session.scalars(select(Turn)).all()
    assert states == ["done"] * QUESTIONS
    assert sorted(map(str, replies)) == sorted(map(str, jobs))
    assert len(turns) == QUESTIONS
    assert {turn.adapter for turn in turns} == {None, "first", "second"}
    assert [turn.answer for turn in turns] == [said[turn.adapter] for turn in turns]
