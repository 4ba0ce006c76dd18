"""The same with the models of the profile `starter`, none of them a stand-in."""

import pytest
from PIL import ImageEnhance

from config import Settings
from rap_engine.engine import Engine
from rap_engine.exchange import Answer, Introduction, Question
from rap_engine.faces import FaceReader
from rap_engine.memory import Database, acting_as
from rap_engine.memory.conversations import ChatId
from rap_engine.memory.faces import agree
from rap_engine.profiles import load_profile
from rap_engine.retrieve.face_keeping import keep_face_keys
from tests.integration.conftest import Person
from tests.integration.faces.conftest import jpeg
from tests.unit.faces.people import LEFT, RIGHT, man, two_men

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def settings() -> Settings:
    return Settings(_env_file=None, profile="starter")


def _ask(engine: Engine, person: Person, text: str, photo: bytes) -> Answer:
    return engine.answer(Question(ChatId(person.user_id, "console", person.user_id), text, photo))


def test_two_men_are_told_apart_by_their_faces(
    database: Database, anna: Person, settings: Settings, reader: FaceReader
) -> None:
    engine = Engine(database, load_profile(settings), faces=reader)
    for name, side in (("Carlo", LEFT), ("Zizou", RIGHT)):
        with database.transaction() as session:
            introduction = Introduction(name, "", "", jpeg(man(side)))
            remembered = engine.remember(session, anna.actor, introduction)
        assert remembered.asks_for_face
        with database.transaction() as session, acting_as(session, anna.actor):
            agree(session, anna.user_id, [anna.list_id], remembered.concept_id)
            kept = keep_face_keys(session, [anna.list_id], remembered.concept_id, reader)
        assert kept == 1
    both = ImageEnhance.Brightness(two_men()).enhance(1.2)
    given = _ask(engine, anna, "Who is this?", jpeg(both))
    places = {seen.name: seen.box for seen in given.seen}
    assert set(places) == {"Carlo", "Zizou"}
    assert places["Carlo"].centre[0] < places["Zizou"].centre[0]
    alone = _ask(engine, anna, "Where is Carlo?", jpeg(man(RIGHT)))
    assert [seen.name for seen in alone.seen] == ["Zizou"]
