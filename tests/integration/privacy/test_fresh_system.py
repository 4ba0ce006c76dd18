"""Export, then import into a fresh system, gives the same answers: real models of `starter`."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageEnhance

from bot.administration.person import PersonId
from config import Settings
from rap_engine.engine import Engine
from rap_engine.exchange import Answer, Introduction, Question
from rap_engine.memory import Actor, Database
from rap_engine.memory.conversations import ChatId
from rap_engine.memory.people import ensure_user
from rap_engine.profiles import Profile, load_profile
from rap_engine.reembedding import embed_some
from rapbot.transfer import Taking, export_to
from tests.e2e.pictures import checks, rings
from tests.integration.faces.conftest import jpeg
from tests.integration.jobs.publisher import Published
from tests.services import bare_settings, fresh_database
from tests.unit.faces.people import LEFT, RIGHT, man, two_men

pytestmark = pytest.mark.integration
ANNA = PersonId("console", "anna")
QUESTIONS = ("", "Who is this?", "Where is Carlo?", "Is this the Plate?")


@pytest.fixture(scope="module")
def profile() -> Profile:
    return load_profile(bare_settings(Path("data")))


@pytest.fixture
def elsewhere(services: Settings) -> Iterator[Database]:
    """The database of a fresh system."""
    with fresh_database(services) as url:
        database = Database(url)
        yield database
        database.close()


def _remember(database: Database, profile: Profile) -> None:
    told = {
        "Carlo": ("our coach, who likes tea", jpeg(man(LEFT))),
        "Zizou": ("plays in the garden", jpeg(man(RIGHT))),
        "Plate": ("hangs in the kitchen", rings()),
    }
    engine = Engine(database, profile)
    with database.transaction() as session:
        actor = Actor(ensure_user(session, ANNA.channel, ANNA.external_id))
        for name, (info, photo) in told.items():
            engine.remember(session, actor, Introduction(name, info, "", photo))


def _photos() -> list[bytes]:
    both = ImageEnhance.Brightness(two_men()).enhance(1.1)
    ringed = Image.open(io.BytesIO(rings())).rotate(5, fillcolor="white")
    return [jpeg(both), jpeg(man(RIGHT)), jpeg(ringed), checks()]


def _answers(database: Database, profile: Profile, photos: list[bytes]) -> list[Answer]:
    engine = Engine(database, profile)
    with database.transaction() as session:
        user_id = ensure_user(session, ANNA.channel, ANNA.external_id)
    chat = ChatId(user_id, "console", user_id)
    asked = [Question(chat, text, photo) for photo in photos for text in QUESTIONS]
    asked += [Question(chat, "What does Carlo like?"), Question(chat, "Who hangs in the kitchen?")]
    return [engine.answer(question) for question in asked]


def test_a_fresh_system_answers_as_the_old_one_did(
    database: Database, elsewhere: Database, profile: Profile, tmp_path: Path
) -> None:
    _remember(database, profile)
    photos = _photos()
    before = _answers(database, profile, photos)
    assert {seen.name for answer in before for seen in answer.seen} == {"Carlo", "Zizou", "Plate"}

    taking = Taking.of(elsewhere, Published(), bare_settings(tmp_path), ANNA, renames=False)
    for path in export_to(database, ANNA, tmp_path):
        taking.take(path)
    assert (taking.tally.concepts, taking.tally.refused, taking.tally.skipped) == (3, [], [])
    while embed_some(elsewhere, profile.encoder, 8):
        pass

    after = _answers(elsewhere, profile, photos)
    assert [answer.text for answer in after] == [answer.text for answer in before]
    for new, old in zip(after, before, strict=True):
        assert [(seen.name, seen.box) for seen in new.seen] == [
            (seen.name, seen.box) for seen in old.seen
        ]
        # JPEG written anew is nearly the same.
        for one, other in zip(new.seen, old.seen, strict=True):
            assert one.score == pytest.approx(other.score, abs=0.02)
