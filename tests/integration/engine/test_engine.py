"""Remember, Retrieve and Generate together, on the real database."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from rap_engine.engine import Engine
from rap_engine.errors import BadPhoto, NameTaken
from rap_engine.exchange import Answer, Introduction, Question, Remembered
from rap_engine.memory import Concept, Database, Turn, View
from rap_engine.memory.conversations import ChatId
from tests.integration.conftest import Person
from tests.integration.engine.colours import Halves, colour_profile, photo
from tests.integration.hosts import host_of
from tests.integration.jobs.publisher import Published
from workers.jobs.queue import enqueue
from workers.jobs.uploads import keep_upload
from workers.jobs.values import AnswerRequest
from workers.runner import Runner
from workers.tasks.answer import answer


@pytest.fixture
def engine(database: Database) -> Engine:
    return Engine(database, colour_profile())


def _remember(
    database: Database, engine: Engine, person: Person, name: str, colour: str, info: str = ""
) -> Remembered:
    introduction = Introduction(name=name, info=info, category="", photo=photo(colour))
    with database.transaction() as session:
        return engine.remember(session, person.actor, introduction)


def _ask(engine: Engine, person: Person, text: str, content: bytes | None = None) -> Answer:
    chat = ChatId(person.user_id, "console", person.user_id)
    return engine.answer(Question(chat, text, content))


def test_a_concept_is_known_by_its_crop_and_gets_the_detectors_category(
    database: Database, anna: Person, engine: Engine
) -> None:
    remembered = _remember(database, engine, anna, "Rex", "red")
    assert remembered.category == "dog"
    assert Image.open(io.BytesIO(remembered.photo)).size[0] < 100
    with database.transaction() as session:
        assert session.scalars(select(View.photo)).one() == remembered.photo


def test_who_is_in_a_photo_and_on_which_side(
    database: Database, anna: Person, engine: Engine
) -> None:
    _remember(database, engine, anna, "Rex", "red", "He is nine.")
    _remember(database, engine, anna, "Luna", "blue")
    given = _ask(engine, anna, "", photo("blue", "red"))
    assert {(seen.name, seen.box.x1) for seen in given.seen} == {("Luna", 0.0), ("Rex", 0.5)}
    assert "Luna, on the left" in given.text
    assert "He is nine." in given.text


def test_a_stranger_is_not_given_a_name(database: Database, anna: Person, engine: Engine) -> None:
    _remember(database, engine, anna, "Rex", "red")
    given = _ask(engine, anna, "who is this?", photo("lime"))
    assert given.seen == ()
    assert "Rex" not in given.text


def test_nobody_is_recognised_from_the_list_of_another(
    database: Database, anna: Person, bert: Person, engine: Engine
) -> None:
    _remember(database, engine, anna, "Rex", "red", "He is nine.")
    given = _ask(engine, bert, "who is this? tell me about Rex", photo("red"))
    assert given.seen == ()
    assert "nine" not in given.text


def test_where_somebody_is_comes_with_a_picture(
    database: Database, anna: Person, engine: Engine
) -> None:
    _remember(database, engine, anna, "Rex", "red")
    given = _ask(engine, anna, "where is Rex?", photo("blue", "red"))
    assert given.text == "Rex is on the right."
    assert given.picture is not None
    assert Image.open(io.BytesIO(given.picture)).format == "JPEG"


def test_the_detector_looks_for_the_categories_of_the_asker(
    database: Database, anna: Person, bert: Person
) -> None:
    profile = colour_profile()
    engine = Engine(database, profile)
    for person, category in ((anna, "teapot"), (bert, "robot")):
        introduction = Introduction("It", "", category, photo("red"))
        with database.transaction() as session:
            engine.remember(session, person.actor, introduction)
    _ask(engine, anna, "", photo("red"))
    assert isinstance(profile.detector, Halves)
    assert profile.detector.vocabularies[-1] == ("teapot",)


def test_a_name_that_is_taken_leaves_no_view_behind(
    database: Database, anna: Person, engine: Engine
) -> None:
    _remember(database, engine, anna, "Rex", "red")
    with pytest.raises(NameTaken):
        _remember(database, engine, anna, "REX", "blue")
    with database.transaction() as session:
        assert len(session.scalars(select(Concept)).all()) == 1
        assert len(session.scalars(select(View)).all()) == 1


def test_a_broken_photo_is_refused(anna: Person, engine: Engine) -> None:
    with pytest.raises(BadPhoto):
        _ask(engine, anna, "", photo("red")[:300])


class TestTheTask:
    """What the worker does around the engine."""

    @pytest.fixture
    def runner(self, database: Database, engine: Engine) -> Runner:
        return Runner(database, host_of(engine), Published(), lease_s=60.0, time_limit_s=60.0)

    def _run(
        self, database: Database, runner: Runner, person: Person, text: str, content: bytes | None
    ) -> Turn:
        with database.transaction() as session:
            upload_id = keep_upload(session, person.user_id, content) if content else None
            request = AnswerRequest(text)
            job_id = enqueue(session, Published(), person.address, request, upload_id)
        runner.run(job_id, answer)
        with database.transaction() as session:
            return session.scalars(select(Turn).order_by(Turn.id.desc()).limit(1)).one()

    def test_a_turn_says_what_made_its_answer(
        self, database: Database, anna: Person, runner: Runner
    ) -> None:
        turn = self._run(database, runner, anna, "hello", None)
        made_by = (turn.profile, turn.detector, turn.encoder, turn.generator, turn.cutoff)
        assert made_by == ("colourful", "halves", "colours", "composed", 0.9)
        assert turn.adapter is None

    def test_a_question_without_a_name_is_about_those_of_the_turn_before(
        self, database: Database, anna: Person, engine: Engine, runner: Runner
    ) -> None:
        _remember(database, engine, anna, "Rex", "red", "He is nine years old.")
        _remember(database, engine, anna, "Luna", "blue", "She is four years old.")
        self._run(database, runner, anna, "who is this?", photo("blue"))
        assert "four" in self._run(database, runner, anna, "how old is she?", None).answer

    def test_where_after_a_photo_means_that_photo(
        self, database: Database, anna: Person, engine: Engine, runner: Runner
    ) -> None:
        _remember(database, engine, anna, "Rex", "red")
        self._run(database, runner, anna, "", photo("blue", "red"))
        turn = self._run(database, runner, anna, "where is Rex?", None)
        assert turn.answer == "Rex is on the right."
