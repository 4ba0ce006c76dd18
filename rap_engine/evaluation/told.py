"""Questions whose answers are known: read from a file, or made from what was told of concepts.

A file is a list of `{"question", "concept", "photo", "options", "answer"}`: with options the answer
is a letter, without it is the words that must be said. The concept and the photo may be left out.
"""

import json
import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rap_engine.evaluation.rap_format import BadDataset, Dataset
from rap_engine.transfer.rap_database import RapConcept

LETTERS: Final = string.ascii_uppercase
BLANK: Final = "\u2026"
"""Stands for a concept's name in an option: the name itself would give the answer away."""

DERIVED: Final = "What is told of {name}?"
"""What is asked where no file has questions. No record is made in these words."""
_OPTIONS: Final = 4
_SEED: Final = 20241017


class ToldQuestion(BaseModel):
    """A question with its answer. Without a photo it is answered from what was told alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str = Field(min_length=1)
    answer: str = Field(min_length=1)
    concept: str | None = None
    photo: Path | None = None
    options: tuple[str, ...] = Field((), max_length=len(LETTERS))

    @property
    def words(self) -> str:
        """The question as it is asked; one with options is in RAP's own form."""
        if not self.options:
            return self.question
        lines = [
            f"{letter}. {option}" for letter, option in zip(LETTERS, self.options, strict=False)
        ]
        options = "\n".join(lines)
        return (
            f"Question: {self.question}\nOptions:\n{options}\n"
            "Please give a single character from the options above. \n"
        )


def read_questions(file: Path, concepts: Mapping[str, RapConcept]) -> tuple[ToldQuestion, ...]:
    """Read a file of questions; photos are beside it.

    Raises:
        BadDataset: with the path of the file and what is wrong with it.
    """
    try:
        said = json.loads(file.read_text("utf-8"))
        questions = TypeAdapter(tuple[ToldQuestion, ...]).validate_python(said)
    except OSError as error:
        raise BadDataset(f"{file}: {error.strerror}") from error
    except (ValueError, ValidationError) as error:
        raise BadDataset(f"{file}: {error}") from error
    return tuple(_checked(file, question, concepts) for question in questions)


def derived_questions(dataset: Dataset) -> tuple[ToldQuestion, ...]:
    """Make a question of each concept that has an info: which of the infos is told of it?

    The others are infos of other concepts, drawn the same each time. In all options the names of
    their concepts are blanked out.
    """
    told = {
        key: _blanked(concept) for key, concept in dataset.concepts.items() if concept.info.strip()
    }
    chance = np.random.default_rng(_SEED)
    questions = []
    for key, info in told.items():
        others = [other for other_key, other in told.items() if other_key != key and other != info]
        if not others:
            continue
        drawn = [others[at] for at in chance.permutation(len(others))[: _OPTIONS - 1]]
        place = int(chance.integers(len(drawn) + 1))
        questions.append(
            ToldQuestion(
                question=DERIVED.format(name=dataset.concepts[key].name),
                answer=LETTERS[place],
                concept=key,
                options=(*drawn[:place], info, *drawn[place:]),
            )
        )
    return tuple(questions)


def _blanked(concept: RapConcept) -> str:
    name = re.escape(concept.name)
    return re.sub(rf"(?<!\w){name}(?!\w)", BLANK, concept.info, flags=re.IGNORECASE)


def _checked(
    file: Path, question: ToldQuestion, concepts: Mapping[str, RapConcept]
) -> ToldQuestion:
    if question.concept is not None and question.concept not in concepts:
        raise BadDataset(f"{file}: {question.concept} is not in the database")
    if question.options and question.answer not in LETTERS[: len(question.options)]:
        raise BadDataset(f"{file}: {question.answer} is none of the options of {question.question}")
    if question.photo is None:
        return question
    photo = file.parent / question.photo
    if not photo.is_file():
        raise BadDataset(f"{photo}: no such photo")
    return question.model_copy(update={"photo": photo})
