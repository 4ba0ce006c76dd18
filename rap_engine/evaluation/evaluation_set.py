"""An evaluation set: labelled photos, and questions with their answers, known by one hash."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from rap_engine.evaluation.rap_format import Dataset
from rap_engine.evaluation.told import ToldQuestion, derived_questions, read_questions

DATABASE, QUERIES, STRANGERS = "database.json", "queries.json", "strangers.json"
QUESTIONS = "questions.json"


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """What generators are measured on.

    Attributes:
        dataset: Concepts, photos of them and photos of strangers.
        questions: With options or words as their answers.
        is_derived: Whether the questions were made from the infos, for want of a file of them.
        sha256: Of all that is in it, photos too, wherever the files lie; hex.
    """

    dataset: Dataset
    questions: tuple[ToldQuestion, ...]
    is_derived: bool
    sha256: str

    @classmethod
    def read(
        cls, database: Path, queries: Path, strangers: Path | None, questions: Path | None
    ) -> Self:
        """Read and check all files.

        Raises:
            BadDataset: with the path of the file and what is wrong with it.
        """
        dataset = Dataset.read(database, queries, strangers)
        asked = (
            derived_questions(dataset)
            if questions is None
            else read_questions(questions, dataset.concepts)
        )
        return cls(dataset, asked, questions is None, _hash(dataset, asked))

    @classmethod
    def in_folder(cls, folder: Path) -> Self:
        """Read the set whose files lie in a folder by their usual names.

        Raises:
            BadDataset: `database.json` or `queries.json` is missing, or something is wrong.
        """
        strangers, questions = folder / STRANGERS, folder / QUESTIONS
        return cls.read(
            folder / DATABASE,
            folder / QUERIES,
            strangers if strangers.is_file() else None,
            questions if questions.is_file() else None,
        )

    @property
    def photos(self) -> tuple[Path, ...]:
        """All photos that are asked about, each once."""
        asked = [each.photo for each in self.questions if each.photo is not None]
        return tuple(dict.fromkeys([*self.dataset.queries, *self.dataset.strangers, *asked]))


def _hash(dataset: Dataset, questions: Iterable[ToldQuestion]) -> str:
    content = {
        "concepts": {
            key: [concept.name, concept.info, concept.category, _digest(dataset.references[key])]
            for key, concept in dataset.concepts.items()
        },
        "queries": [[_digest(photo), *keys] for photo, keys in dataset.queries.items()],
        "strangers": [_digest(photo) for photo in dataset.strangers],
        "questions": [_content(question) for question in questions],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _content(question: ToldQuestion) -> list[Any]:
    photo = None if question.photo is None else _digest(question.photo)
    return [question.question, photo, question.concept, question.options, question.answer]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
