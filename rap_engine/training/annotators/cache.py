"""Answers that were paid for once: kept by what was shown, so that a rerun costs nothing."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from rap_engine.training.annotators.protocol import Annotator, Asked, NoAnnotation, Sight

Task = Literal["describe", "caption", "questions"]
T = TypeVar("T")
_TABLE: Final = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL)"


class CachedAnnotator:
    """Asks an annotator only for what it was not asked for before.

    An answer that could not be used is kept too: asking again would cost the same again. Each
    answer is committed before it is given out, so a killed process loses none. Close it.
    """

    def __init__(self, annotator: Annotator, file: Path) -> None:
        self._annotator = annotator
        file.parent.mkdir(parents=True, exist_ok=True)
        self._answers = sqlite3.connect(file, isolation_level=None)
        self._answers.execute("PRAGMA journal_mode = WAL")
        self._answers.execute(_TABLE)

    @property
    def name(self) -> str:
        """The annotator's."""
        return self._annotator.name

    def close(self) -> None:
        """Close the file; the annotator is its owner's to close."""
        self._answers.close()

    def describe(self, sight: Sight) -> str:
        """Describe the subject; raises as the annotator does, bad answers again."""
        return self._kept("describe", sight, self._annotator.describe, _text, _text)

    def caption(self, sight: Sight) -> str:
        """Return a caption; raises as `describe`."""
        return self._kept("caption", sight, self._annotator.caption, _text, _text)

    def questions(self, sight: Sight) -> tuple[Asked, ...]:
        """Return questions with their answers; raises as `describe`."""
        return self._kept("questions", sight, self._annotator.questions, _written, _read)

    def _kept(
        self,
        task: Task,
        sight: Sight,
        ask: Callable[[Sight], T],
        write: Callable[[T], Any],
        read: Callable[[Any], T],
    ) -> T:
        key = self._key(task, sight)
        found = self._answers.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
        if found is None:
            return self._ask(key, sight, ask, write)
        said = json.loads(found[0])
        if "bad" in said:
            raise NoAnnotation(said["bad"])
        return read(said["good"])

    def _ask(
        self, key: str, sight: Sight, ask: Callable[[Sight], T], write: Callable[[T], Any]
    ) -> T:
        try:
            answer = ask(sight)
        except NoAnnotation as error:
            self._keep(key, {"bad": str(error)})
            raise
        self._keep(key, {"good": write(answer)})
        return answer

    def _keep(self, key: str, said: dict[str, Any]) -> None:
        self._answers.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, json.dumps(said))
        )

    def _key(self, task: Task, sight: Sight) -> str:
        """Hash what the answer depends on; the seed of a wording is not among it."""
        seen = [
            self._annotator.name,
            task,
            hashlib.sha256(sight.photo).hexdigest(),
            [asdict(each) for each in sight.subjects],
            sight.others,
            sight.captions,
        ]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def _text(said: str) -> str:
    return said


def _written(asked: tuple[Asked, ...]) -> list[list[str]]:
    return [[each.question, each.answer] for each in asked]


def _read(said: list[list[str]]) -> tuple[Asked, ...]:
    return tuple(Asked(question, answer) for question, answer in said)
