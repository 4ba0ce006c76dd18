"""Who is in a photo, where the general encoder finds everybody alike."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageOps

from rap_engine.engine import Engine
from rap_engine.exchange import Answer, Introduction, Question
from rap_engine.faces import Face, FaceReader
from rap_engine.faces.protocol import FaceDetector
from rap_engine.memory import Database, acting_as
from rap_engine.memory.conversations import ChatId
from rap_engine.memory.faces import agree
from rap_engine.memory.nearest import nearest_views
from rap_engine.retrieve.face_keeping import keep_face_keys
from tests.integration.conftest import Person
from tests.integration.faces.conftest import FaceWorker, jpeg
from tests.unit.faces.people import LEFT, RIGHT, man, two_men

pytestmark = pytest.mark.integration

GREY = jpeg(Image.new("RGB", (400, 500), "grey"))


@pytest.fixture(scope="module")
def carlo() -> bytes:
    return jpeg(man(LEFT))


@pytest.fixture(scope="module")
def carlo_again() -> bytes:
    return jpeg(ImageEnhance.Brightness(ImageOps.mirror(man(LEFT))).enhance(1.2))


@pytest.fixture(scope="module")
def stranger_there() -> bytes:
    return jpeg(man(RIGHT))


@pytest.fixture
def engine(face_worker: FaceWorker) -> Engine:
    return face_worker.engine


def _remember(database: Database, engine: Engine, person: Person, name: str, photo: bytes) -> int:
    with database.transaction() as session:
        introduction = Introduction(name, "", "", photo)
        return engine.remember(session, person.actor, introduction).concept_id


def _agree(database: Database, reader: FaceReader, person: Person, concept_id: int) -> None:
    with database.transaction() as session, acting_as(session, person.actor):
        agree(session, person.user_id, [person.list_id], concept_id)
        assert keep_face_keys(session, [person.list_id], concept_id, reader) == 1


def _ask(engine: Engine, person: Person, photo: bytes) -> Answer:
    return engine.answer(Question(ChatId(person.user_id, "console", person.user_id), "", photo))


def _seen(engine: Engine, person: Person, photo: bytes) -> list[str]:
    return [seen.name for seen in _ask(engine, person, photo).seen]


@pytest.fixture
def known(
    database: Database, engine: Engine, reader: FaceReader, anna: Person, carlo: bytes
) -> int:
    """Anna remembers Carlo, who agreed."""
    concept_id = _remember(database, engine, anna, "Carlo", carlo)
    _agree(database, reader, anna, concept_id)
    return concept_id


def test_without_face_keys_everybody_is_taken_for_carlo(
    database: Database, engine: Engine, anna: Person, carlo: bytes, stranger_there: bytes
) -> None:
    _remember(database, engine, anna, "Carlo", carlo)
    assert _seen(engine, anna, stranger_there) == ["Carlo"]


@pytest.mark.usefixtures("known")
def test_a_face_is_known_again(engine: Engine, anna: Person, carlo_again: bytes) -> None:
    given = _ask(engine, anna, carlo_again)
    assert [seen.name for seen in given.seen] == ["Carlo"]
    assert "faces" in given.timings_ms
    assert given.made_by.encoder == "all-alike + face/sface-2021dec-int8bq"


@pytest.mark.usefixtures("known")
def test_a_stranger_before_the_same_wall_is_not_given_the_name(
    engine: Engine, anna: Person, stranger_there: bytes
) -> None:
    assert _seen(engine, anna, stranger_there) == []


@pytest.mark.usefixtures("known")
def test_a_photo_without_a_face_is_judged_by_the_rest(engine: Engine, anna: Person) -> None:
    assert _seen(engine, anna, GREY) == ["Carlo"]


def test_two_people_in_one_photo_are_named_on_their_sides(
    database: Database, engine: Engine, reader: FaceReader, anna: Person, known: int
) -> None:
    other = _remember(database, engine, anna, "Zizou", jpeg(man(RIGHT)))
    _agree(database, reader, anna, other)
    photo = two_men()
    # Nothing is detected but the whole of it, as a couch that both sit on: faces find their places.
    engine.profile.detector.label = "couch"  # type: ignore[attr-defined]
    seen = {each.name: each.box.centre[0] for each in _ask(engine, anna, jpeg(photo)).seen}
    assert seen == {
        "Carlo": pytest.approx(0.47, abs=0.05),
        "Zizou": pytest.approx(0.77, abs=0.05),
    }


@pytest.mark.usefixtures("known")
def test_a_face_key_of_another_person_is_never_matched(
    database: Database, engine: Engine, reader: FaceReader, bert: Person, carlo: bytes
) -> None:
    assert _seen(engine, bert, carlo) == []
    faces = reader.detector.detect(man(LEFT))
    keys = reader.encoder.encode(man(LEFT), faces)
    with database.transaction() as session, acting_as(session, bert.actor):
        # Even where the query forgets whose lists it may look at.
        every_list = range(1, 10_000)
        assert nearest_views(session, every_list, reader.encoder.name, keys, 8) == []


def test_where_nobody_has_a_face_key_no_face_is_looked_at(
    database: Database, face_worker: FaceWorker, reader: FaceReader, anna: Person, carlo: bytes
) -> None:
    looked = _Counted(reader.detector)
    face_worker.reader = FaceReader(looked, reader.encoder, reader.cutoff)
    concept_id = _remember(database, face_worker.engine, anna, "Carlo", carlo)
    looked.photos = 0
    _ask(face_worker.engine, anna, carlo)
    assert looked.photos == 0
    _agree(database, reader, anna, concept_id)
    _ask(face_worker.engine, anna, carlo)
    assert looked.photos == 1


def test_remembering_embeds_no_face_before_an_agreement(
    database: Database, face_worker: FaceWorker, reader: FaceReader, anna: Person, carlo: bytes
) -> None:
    face_worker.reader = FaceReader(reader.detector, _Refusing(), reader.cutoff)
    _remember(database, face_worker.engine, anna, "Carlo", carlo)


@pytest.mark.usefixtures("known")
def test_with_the_setting_off_again_the_keys_are_not_used(
    face_worker: FaceWorker, anna: Person, stranger_there: bytes
) -> None:
    face_worker.reader = None
    given = _ask(face_worker.engine, anna, stranger_there)
    assert [seen.name for seen in given.seen] == ["Carlo"]
    assert "faces" not in given.timings_ms


def test_a_smaller_engine_still_knows_faces(engine: Engine) -> None:
    assert engine.frugal().faces is engine.faces


class _Counted:
    """Counts the photos that are searched for faces."""

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self.name = detector.name
        self.photos = 0

    def detect(self, photo: Image.Image) -> tuple[Face, ...]:
        self.photos += 1
        return self._detector.detect(photo)


class _Refusing:
    """An encoder that must not be asked."""

    name = "face/refusing"
    width = 1

    def encode(self, photo: Image.Image, faces: object) -> NDArray[np.float32]:
        raise AssertionError("a face was embedded before anybody agreed")
