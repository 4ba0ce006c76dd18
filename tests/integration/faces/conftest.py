"""A worker with the real face models behind the real handlers, on the real database.

The general encoder finds all crops alike, as two friends before one wall are: whoever is told apart
is told apart by the face.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import select

from config import Settings
from rap_engine.engine import Engine
from rap_engine.faces import FaceReader, load_face_reader
from rap_engine.generate import ComposedGenerator
from rap_engine.memory import Database, Key
from rap_engine.memory.faces import FACE_PREFIX
from rap_engine.profiles import Profile
from rap_engine.retrieve.calibration import Calibration
from rap_engine.types import Box, Region
from tests.integration.jobs.publisher import Published
from workers.jobs.queue import finish, take
from workers.jobs.tables import Job
from workers.jobs.uploads import read_upload
from workers.runner import Work
from workers.tasks.answer import answer
from workers.tasks.face import face
from workers.tasks.remember import remember

_WORKS: dict[str, Work] = {"remember": remember, "answer": answer, "face": face}


@dataclass
class OneThing:
    """Finds one thing that fills the photo, and calls it what the test says."""

    label: str = "person"
    name = "one-thing"

    def detect(self, photo: Image.Image, vocabulary: Sequence[str]) -> list[Region]:
        return [Region(Box(0.01, 0.01, 0.99, 0.99), self.label, 0.9)]


class AllAlike:
    name = "all-alike"
    width = 2

    def encode(self, crops: Sequence[Image.Image]) -> NDArray[np.float32]:
        return np.tile(np.array([0.6, 0.8], np.float32), (len(crops), 1))


@dataclass
class FaceWorker:
    """Does all queued jobs through the real tasks. `reader` is None with the setting off."""

    database: Database
    reader: FaceReader | None
    detector: OneThing

    @property
    def engine(self) -> Engine:
        calibration = Calibration("all-alike", 0.9, "by hand")
        generator = ComposedGenerator("alike")
        profile = Profile("alike", self.detector, AllAlike(), generator, calibration)
        return Engine(self.database, profile, faces=self.reader)

    def work(self) -> None:
        with self.database.transaction() as session:
            waiting = session.scalars(
                select(Job.id).where(Job.state == "queued").order_by(Job.id)
            ).all()
        for job_id in waiting:
            self._do(job_id)

    def _do(self, job_id: int) -> None:
        with self.database.transaction() as session:
            lease = take(session, Published(), job_id, 60.0)
            assert lease is not None
            user_id, upload_id = lease.address.user_id, lease.upload_id
            photo = None if upload_id is None else read_upload(session, user_id, upload_id)
            outcome = _WORKS[lease.kind](session, self.engine, lease, photo)
            finish(session, Published(), lease, outcome.replies, result=outcome.result)


@pytest.fixture(scope="module")
def reader() -> FaceReader:
    reader = load_face_reader(Settings(_env_file=None, face_keys=True))
    assert reader is not None
    return reader


@pytest.fixture
def face_worker(database: Database, reader: FaceReader) -> FaceWorker:
    return FaceWorker(database, reader, OneThing())


def jpeg(photo: Image.Image) -> bytes:
    buffer = io.BytesIO()
    photo.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def face_keys(database: Database) -> int:
    """Return how many face keys anybody has."""
    with database.transaction() as session:
        encoders = session.scalars(select(Key.encoder)).all()
    return sum(encoder.startswith(FACE_PREFIX) for encoder in encoders)
