"""An evaluation's files: a database of RAP's format, and the question files beside it."""

import json
from pathlib import Path
from typing import Annotated, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from rap_engine.errors import RapError
from rap_engine.transfer.rap_database import RapConcept, RapDatabase


class BadDataset(RapError):
    """A file of a dataset is missing, broken, or speaks of what is not there."""

    code: ClassVar[str] = "bad_dataset"


class PairPhoto(BaseModel):
    """A photo of two halves: who is left and right (None: a stranger), and where right starts."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    concepts: tuple[str | None, str | None]
    split: Annotated[float, Field(gt=0, lt=1)]


T = TypeVar("T")
Labelled = dict[str, list[str]]
_LABELLED = TypeAdapter(Labelled)
_PAIRS = TypeAdapter(dict[str, PairPhoto])


class Dataset(BaseModel):
    """Everything one evaluation reads, paths resolved."""

    model_config = ConfigDict(frozen=True)

    concepts: dict[str, RapConcept]
    references: dict[str, Path]
    queries: dict[Path, tuple[str, ...]]
    strangers: tuple[Path, ...] = ()
    pairs: dict[Path, PairPhoto] = {}

    @classmethod
    def read(
        cls,
        database: Path,
        queries: Path,
        strangers: Path | None = None,
        pairs: Path | None = None,
    ) -> Self:
        """Read and check all files.

        Raises:
            BadDataset: with the path of the file and what is wrong with it.
        """
        concepts = _parse(database, TypeAdapter(RapDatabase)).concept_dict
        references = {key: database.parent / concept.image for key, concept in concepts.items()}
        asked = _beside(queries, _parse(queries, _LABELLED))
        unknown = _beside(strangers, _parse(strangers, _LABELLED)) if strangers else {}
        halves = _beside(pairs, _parse(pairs, _PAIRS)) if pairs else {}
        _check_photos([*references.values(), *asked, *unknown, *halves])
        _check_keys(queries, concepts, [key for keys in asked.values() for key in keys])
        if pairs:
            named = [key for pair in halves.values() for key in pair.concepts if key]
            _check_keys(pairs, concepts, named)
        return cls(
            concepts=concepts,
            references=references,
            queries={path: tuple(keys) for path, keys in asked.items()},
            strangers=tuple(unknown),
            pairs=halves,
        )


def _parse(path: Path, adapter: TypeAdapter[T]) -> T:
    try:
        return adapter.validate_python(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise BadDataset(f"{path}: {error.strerror}") from error
    except (ValueError, ValidationError) as error:
        raise BadDataset(f"{path}: {error}") from error


def _beside(file: Path, content: dict[str, T]) -> dict[Path, T]:
    return {file.parent / photo: value for photo, value in content.items()}


def _check_photos(photos: list[Path]) -> None:
    for photo in photos:
        if not photo.is_file():
            raise BadDataset(f"{photo}: no such photo")


def _check_keys(file: Path, concepts: dict[str, RapConcept], keys: list[str]) -> None:
    for key in keys:
        if key not in concepts:
            raise BadDataset(f"{file}: {key} is not in the database")
