"""An evaluation set of plain colours: each concept is one, and its photos are shades of it."""

import json
from pathlib import Path
from typing import Any

from rap_engine.evaluation.evaluation_set import EvaluationSet
from rap_engine.evaluation.generation import Exam
from rap_engine.generate import Generator
from rap_engine.profiles import Profile
from rap_engine.retrieve.calibration import Calibration
from tests.integration.engine.colours import Colours, Halves, write

REX, LUNA = "<rex>", "<luna>"
TWO = {
    REX: {"name": "rex", "image": "rex.jpg", "info": "Rex eats socks.", "category": "dog"},
    LUNA: {"name": "luna", "image": "luna.jpg", "info": "Luna hates rain.", "category": "cat"},
}
AVATARS = {"rex.jpg": "red", "luna.jpg": "blue"}
QUERIES = {"red.jpg": [REX], "crimson.jpg": [REX], "blue.jpg": [LUNA], "mediumblue.jpg": [LUNA]}
STRANGERS: dict[str, list[str]] = {"yellow.jpg": [], "lime.jpg": []}


def write_set(
    folder: Path,
    *,
    concepts: dict[str, dict[str, str]] = TWO,
    avatars: dict[str, str] = AVATARS,
    queries: dict[str, list[str]] = QUERIES,
    strangers: dict[str, list[str]] = STRANGERS,
    questions: list[dict[str, Any]] | None = None,
) -> Path:
    """Write a set; photos are named by their colours."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, colour in avatars.items():
        write(folder / file, colour)
    for file in (*queries, *strangers):
        write(folder / file, *file.removesuffix(".jpg").split("-"))
    content = {"database": {"concept_dict": concepts}, "queries": queries, "strangers": strangers}
    for name, part in content.items():
        (folder / f"{name}.json").write_text(json.dumps(part))
    if questions is not None:
        (folder / "questions.json").write_text(json.dumps(questions))
    return folder


def profile_of(generator: Generator) -> Profile:
    """A profile that sees colours, and says what the generator says."""
    calibration = Calibration("colours", 0.9, "by hand")
    return Profile("colourful", Halves(), Colours(), generator, calibration)


def exam_of(generator: Generator, folder: Path, *, most: int = 2, seed: int = 0) -> Exam:
    """Look at a set, so that a generator can be measured on it."""
    asked = EvaluationSet.in_folder(folder)
    return Exam(profile_of(generator), asked, most=most, seed=seed, progress=lambda _: None)
