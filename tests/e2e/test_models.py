"""The whole way with a language model: YOLO-World, CLIP and LLaVA, small and with random weights.

What they say is noise; that it travels from a message to its answer, and what made it, is not.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from rap_engine.memory import Database
from rap_engine.memory.tables import Turn
from rap_engine.profiles import read_recipe
from tests.e2e.pictures import rings
from tests.e2e.programs import Program, ended_afterwards, run_verb
from tests.models.llava import write_lora
from tests.models.stores import SMALL_RECIPE, write_profile_store
from tests.telegram import LIBRARY_WARNING, Person

pytestmark = [pytest.mark.e2e, LIBRARY_WARNING]
GENERATOR = """[generator]
kind = "transformers"
name = "small-llava"
source = { repo = "tests/small-llava", layout = "llava" }
prompt = "rap"
context = 400
max_new_tokens = 12
"""


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A data directory's recipe `small`, and small models of its architectures."""
    text = SMALL_RECIPE.replace('[generator]\nkind = "composed"\n', GENERATOR)
    (tmp_path / "data" / "profiles").mkdir(parents=True)
    (tmp_path / "data" / "profiles" / "small.toml").write_text(text)
    folder = tmp_path / "data" / "weights"
    write_profile_store(folder, read_recipe("small", tmp_path / "data"))
    return folder


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path, weights: Path) -> Iterator[Program]:
    assert weights.is_dir()
    environment["RAPBOT_PROFILE"] = "small"
    environment["RAPBOT_DATA_DIR"] = str(tmp_path / "data")
    with ended_afterwards(Program("worker", environment, tmp_path)) as program:
        yield program


@pytest.fixture(autouse=True)
def _running(bot: Program, worker: Program) -> None:
    bot.start()
    worker.start()
    # The libraries of models alone take seconds to import.
    worker.wait_for_log("models_loaded")


def _last_turn(database: Database) -> Turn:
    with database.transaction() as session:
        return session.scalars(select(Turn).order_by(Turn.id.desc()).limit(1)).one()


def test_a_language_model_answers_and_each_answer_says_what_made_it(
    anna: Person, database: Database
) -> None:
    anna.sends(rings(), "/remember Target: hangs in the hall, made by Uncle Bo")
    anna.hears("I will know Target by this")
    anna.sends(rings(), "What hangs beside Target?")
    assert anna.hears("").text
    turn = _last_turn(database)
    assert (turn.profile, turn.detector, turn.encoder, turn.generator, turn.adapter) == (
        "small",
        "yolov8n-worldv2",
        "open-clip-small",
        "small-llava",
        None,
    )
    assert len(turn.concept_ids) == 1


def test_adapters_are_switched_between_two_questions(
    anna: Person, database: Database, weights: Path, worker: Program
) -> None:
    base = weights / "converted" / "tests--small-llava"
    for seed, name in enumerate(("first", "second")):
        write_lora(weights / "adapters" / name, base, seed)
    anna.sends(rings(), "/remember Target")
    anna.hears("I will know Target by this")
    made_by = [_ask_with(anna, database, worker, "none")]
    made_by += [
        _ask_with(anna, database, worker, "use", name, "--despite") for name in ("first", "second")
    ]
    made_by.append(_ask_with(anna, database, worker, "none"))
    assert made_by == [None, "first", "second", None]


def _ask_with(anna: Person, database: Database, worker: Program, *words: str) -> str | None:
    """Put an adapter into service as an operator does, ask, and return what made the answer."""
    run_verb("adapter", *words, environment=worker.environment, folder=worker.folder)
    anna.sends(rings(), "What is this?")
    anna.hears("")
    return _last_turn(database).adapter
