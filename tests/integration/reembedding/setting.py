"""A worker's child and its parent in one: three profiles, jobs and rounds in the test's hands."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import select

from rap_engine.engine import Engine
from rap_engine.errors import WeightsMissing
from rap_engine.exchange import Answer, Introduction, Question, Remembered
from rap_engine.memory import Database, Key
from rap_engine.memory.conversations import ChatId
from rap_engine.memory.in_service import Serving, serving_or
from rap_engine.profiles import Profile
from rap_engine.reembedding import Pace
from rap_engine.retrieve.calibration import Calibration
from tests.integration.conftest import Person
from tests.integration.engine.colours import Colours, colour_profile, photo
from tests.integration.jobs.publisher import Published
from workers.host import ModelHost, Service
from workers.tasks.housekeeping import KeyKeeper
from workers.tasks.reembed import Reembedder


class Wide(Colours):
    """The colours again, twice as wide: their opposites too, which hold as much."""

    name = "wide"
    width = 6

    def __init__(self) -> None:
        self.images = 0

    def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
        self.images += len(crops)
        colours = super().encode(crops)
        return np.concatenate([colours, -colours], axis=1) / np.float32(np.sqrt(2))


class Setting:
    """`colourful` serves at first; `wide` has another encoder, `twin` the same one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.rounds = Published()
        self.missing: set[str] = set()
        self.loaded: list[str] = []
        self.while_loading: Callable[[], None] = lambda: None
        self.released = 0
        first = colour_profile()
        calibration = Calibration(Wide.name, 0.9, "by hand")
        self.profiles: dict[str, Profile] = {
            "colourful": first,
            "twin": replace(first, name="twin"),
            "wide": replace(first, name="wide", encoder=Wide(), calibration=calibration),
        }
        self.host = ModelHost(self._service, self.engine, self._release)
        self.reembedder = Reembedder(
            database, self.rounds, self.host, self.encoder_of, self._encoder, pace=Pace(most=1)
        )
        self.reembedder.pace.size = 1

    def encoder_of(self, profile: str) -> str:
        if profile in self.missing:
            raise WeightsMissing(f"fetch {profile}")
        return self.profiles[profile].encoder.name

    def keeper(self, profile: str) -> KeyKeeper:
        """The parent of a worker that was started with a profile."""
        return KeyKeeper(self.database, self.rounds, profile, self.encoder_of)

    def serving(self) -> Serving:
        with self.database.transaction() as session:
            return serving_or(session, "colourful")

    def run_round(self) -> None:
        """Work on the oldest message."""
        self.reembedder.run(self.rounds.ids.pop(0))

    def run_all_rounds(self) -> None:
        while self.rounds.ids:
            self.run_round()

    def engine(self, profile: str) -> Engine:
        return Engine(self.database, self.profiles[profile])

    def remember(self, person: Person, name: str, *colours: str) -> Remembered:
        return self.host.serve(lambda engine: self.remember_with(engine, person, name, *colours))

    def remember_with(self, engine: Engine, person: Person, name: str, *colours: str) -> Remembered:
        with self.database.transaction() as session:
            introduction = Introduction(name, "", "", photo(*colours))
            return engine.remember(session, person.actor, introduction)

    def ask(self, person: Person, *colours: str) -> Answer:
        chat = ChatId(person.user_id, "console", person.user_id)
        return self.host.serve(lambda engine: engine.answer(Question(chat, "", photo(*colours))))

    def keys(self, encoder: str) -> list[tuple[int, int]]:
        """The view and ordinal of each key of an encoder."""
        with self.database.transaction() as session:
            rows = session.execute(
                select(Key.view_id, Key.ordinal)
                .where(Key.encoder == encoder)
                .order_by(Key.view_id, Key.ordinal)
            )
            return [(row.view_id, row.ordinal) for row in rows]

    def _service(self) -> Service:
        return Service(self.serving().profile)

    def _encoder(self, profile: str) -> Colours:
        self.loaded.append(profile)
        self.while_loading()
        encoder = self.profiles[profile].encoder
        assert isinstance(encoder, Colours)
        return encoder

    def _release(self) -> None:
        self.released += 1
