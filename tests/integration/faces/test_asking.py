"""Whether a face key may be kept, asked and answered through the real handlers and tasks."""

import pytest
from PIL import Image, ImageEnhance, ImageOps
from sqlalchemy import select, update

from rap_engine.memory import Concept, Database, Member
from rap_engine.memory.people import ensure_user
from tests.integration.bot.chats import Friend, Front
from tests.integration.faces.conftest import FaceWorker, face_keys, jpeg
from tests.services import no_settings
from tests.unit.faces.people import LEFT, RIGHT, man, two_men
from workers.jobs.retention import UNDO_FORGET, Keep, purge

pytestmark = pytest.mark.integration

QUESTION = "I see a face. Shall I keep a face key of Carlo"


@pytest.fixture(scope="module")
def carlo() -> bytes:
    return jpeg(man(LEFT))


@pytest.fixture
def asked(friend: Friend, face_worker: FaceWorker, carlo: bytes) -> dict[str, str]:
    """The friend told about Carlo and was asked; the buttons of the question."""
    friend.sends(carlo, "/remember Carlo: our coach")
    face_worker.work()
    assert friend.is_told()[-1].startswith(QUESTION)
    return friend.buttons()


@pytest.fixture
def agreed(friend: Friend, face_worker: FaceWorker, asked: dict[str, str]) -> None:
    """The friend confirmed, and the face key was made."""
    friend.taps(asked["face_agree"])
    face_worker.work()
    friend.is_told()


def _concept(database: Database) -> Concept:
    with database.transaction() as session:
        return session.scalars(select(Concept)).one()


def test_the_reply_comes_first_and_the_question_behind_it(
    friend: Friend, face_worker: FaceWorker, carlo: bytes
) -> None:
    friend.sends(carlo, "/remember Carlo: our coach")
    face_worker.work()
    reply, question = friend.is_told()
    assert reply.startswith("I will know Carlo by this")
    assert "biometric data" in question
    assert list(friend.buttons()) == ["face_agree", "face_decline"]


@pytest.mark.usefixtures("asked")
def test_before_an_answer_there_is_neither_key_nor_agreement(database: Database) -> None:
    assert face_keys(database) == 0
    concept = _concept(database)
    assert (concept.face_agreed_by, concept.face_agreed_at) == (None, None)


def test_yes_notes_who_and_when_and_makes_the_key(
    database: Database, friend: Friend, face_worker: FaceWorker, asked: dict[str, str]
) -> None:
    friend.taps(asked["face_agree"])
    assert face_keys(database) == 0
    face_worker.work()
    assert friend.is_told() == [
        "Thank you. I note that you confirmed this, and make a face key of Carlo.",
        "I know Carlo by the face now. /faces takes it back.",
    ]
    assert face_keys(database) == 1
    concept = _concept(database)
    assert concept.face_agreed_by == concept.created_by
    assert concept.face_agreed_at is not None


def test_a_second_yes_changes_nothing(
    database: Database,
    front: Front,
    friend: Friend,
    face_worker: FaceWorker,
    asked: dict[str, str],
) -> None:
    friend.taps(asked["face_agree"])
    first = _concept(database).face_agreed_at
    friend.taps(asked["face_agree"])
    face_worker.work()
    assert [job.kind for job in front.jobs()] == ["remember", "face"]
    assert _concept(database).face_agreed_at == first
    assert face_keys(database) == 1


def test_no_keeps_nothing_and_takes_the_buttons_away(
    database: Database, front: Front, friend: Friend, asked: dict[str, str]
) -> None:
    friend.taps(asked["face_decline"], message_id=77)
    assert friend.is_told() == ["I keep no face key of Carlo."]
    content = front.replies()[-1].content
    assert content["edit_message_id"] == 77
    assert "buttons" not in content
    assert _concept(database).face_agreed_at is None
    assert len(front.jobs()) == 1


@pytest.mark.usefixtures("agreed")
def test_a_no_to_an_older_question_ends_what_was_agreed(
    database: Database, friend: Friend, asked: dict[str, str]
) -> None:
    friend.taps(asked["face_decline"])
    assert friend.is_told() == ["I keep no face key of Carlo."]
    assert face_keys(database) == 0


@pytest.mark.usefixtures("agreed")
def test_a_later_view_gets_its_key_at_once(
    database: Database, friend: Friend, face_worker: FaceWorker
) -> None:
    friend.sends(jpeg(ImageOps.mirror(man(LEFT))), "/remember Carlo")
    friend.taps(friend.buttons()["add_view"])
    friend.is_told()
    face_worker.work()
    assert friend.is_told() == ["I added this to what I know Carlo by."]
    assert face_keys(database) == 2


@pytest.mark.usefixtures("asked")
def test_a_later_view_of_one_who_was_not_agreed_to_asks_again_and_keeps_nothing(
    database: Database, friend: Friend, face_worker: FaceWorker, carlo: bytes
) -> None:
    friend.sends(carlo, "/remember Carlo")
    friend.taps(friend.buttons()["add_view"])
    face_worker.work()
    assert friend.is_told()[-1].startswith(QUESTION)
    assert face_keys(database) == 0


@pytest.mark.parametrize("label", ["dog", "Cat", "teddy bear"])
def test_pets_do_not_ask(friend: Friend, face_worker: FaceWorker, carlo: bytes, label: str) -> None:
    face_worker.detector.label = label
    friend.sends(carlo, "/remember Biscuit: our corgi")
    face_worker.work()
    (told,) = friend.is_told()
    assert told.startswith("I will know Biscuit by this")


def test_a_pet_does_not_ask_when_the_next_photo_shows_who_holds_it(
    friend: Friend, face_worker: FaceWorker, carlo: bytes
) -> None:
    face_worker.detector.label = "dog"
    friend.sends(carlo, "/remember Biscuit: our corgi")
    face_worker.work()
    face_worker.detector.label = "person"
    friend.sends(carlo, "/remember Biscuit")
    friend.taps(friend.buttons()["add_view"])
    face_worker.work()
    assert friend.is_told()[-1] == "I added this to what I know Biscuit by."


@pytest.mark.parametrize(
    "photo", [Image.new("RGB", (320, 240), "grey"), Image.new("L", (64, 900), "white")]
)
def test_a_photo_without_a_face_does_not_ask(
    friend: Friend, face_worker: FaceWorker, photo: Image.Image
) -> None:
    friend.sends(jpeg(photo), "/remember Teapot")
    face_worker.work()
    assert len(friend.is_told()) == 1


def test_a_photo_of_two_people_does_not_ask_for_either(
    friend: Friend, face_worker: FaceWorker
) -> None:
    friend.sends(jpeg(two_men()), "/remember Carlo")
    face_worker.work()
    assert len(friend.is_told()) == 1


def test_with_the_setting_off_nobody_is_asked(
    database: Database, friend: Friend, face_worker: FaceWorker, carlo: bytes
) -> None:
    face_worker.reader = None
    friend.sends(carlo, "/remember Carlo")
    face_worker.work()
    assert len(friend.is_told()) == 1
    assert face_keys(database) == 0


def test_a_yes_after_the_setting_went_off_is_told_so(
    database: Database, friend: Friend, face_worker: FaceWorker, asked: dict[str, str]
) -> None:
    face_worker.reader = None
    friend.taps(asked["face_agree"])
    face_worker.work()
    assert "turned face keys off" in friend.is_told()[-1]
    assert face_keys(database) == 0


@pytest.mark.parametrize("button", ["face_agree", "face_decline"])
def test_nobody_else_can_answer(
    database: Database,
    front: Front,
    stranger: Friend,
    asked: dict[str, str],
    button: str,
) -> None:
    stranger.says("/start")
    stranger.taps(asked[button])
    assert stranger.is_told()[1:] == ["I do not remember that one, or may not change it for you."]
    assert _concept(database).face_agreed_at is None
    assert len(front.jobs()) == 1


@pytest.mark.parametrize("data", ["face_agree:999999", "face_erase:999999", "face_agree:x"])
def test_made_up_answers_are_answered(friend: Friend, data: str) -> None:
    friend.taps(data)
    assert len(friend.is_told()) == 1


def test_who_may_only_look_at_a_list_cannot_agree(
    database: Database, friend: Friend, stranger: Friend, asked: dict[str, str]
) -> None:
    stranger.says("/help")
    with database.transaction() as session:
        viewer = ensure_user(session, "telegram", "42")
        session.add(Member(list_id=_concept(database).list_id, user_id=viewer, role="viewer"))
    stranger.is_told()
    stranger.taps(asked["face_agree"])
    assert stranger.is_told() == ["I do not remember that one, or may not change it for you."]
    assert _concept(database).face_agreed_at is None
    with database.transaction() as session:
        session.execute(update(Member).where(Member.user_id == viewer).values(role="editor"))
    stranger.taps(asked["face_agree"])
    assert _concept(database).face_agreed_by == viewer


def test_a_yes_for_one_who_was_forgotten_is_answered(
    database: Database, friend: Friend, asked: dict[str, str]
) -> None:
    friend.says("/forget Carlo")
    friend.taps(asked["face_agree"])
    assert friend.is_told()[-1] == "I do not remember that one, or may not change it for you."
    assert _concept(database).face_agreed_at is None


@pytest.mark.parametrize("change", ["forgotten", "withdrawn"])
def test_a_job_that_comes_too_late_keeps_nothing_and_says_nothing(
    database: Database,
    friend: Friend,
    face_worker: FaceWorker,
    asked: dict[str, str],
    change: str,
) -> None:
    friend.taps(asked["face_agree"])
    if change == "forgotten":
        friend.says("/forget Carlo")
    else:
        friend.taps(asked["face_decline"])
    friend.is_told()
    face_worker.work()
    assert friend.is_told() == []
    assert face_keys(database) == 0


def test_a_yes_without_a_clear_face_left_is_told_so(
    database: Database, friend: Friend, face_worker: FaceWorker, asked: dict[str, str]
) -> None:
    dark = jpeg(ImageEnhance.Brightness(man(RIGHT)).enhance(0.0))
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE views SET photo = %s", (dark,))
    friend.taps(asked["face_agree"])
    face_worker.work()
    assert "I found no face of Carlo" in friend.is_told()[-1]


class TestTakingItBack:
    """/faces."""

    def test_there_may_be_nothing_to_show(self, friend: Friend) -> None:
        friend.says("/faces")
        assert friend.is_told() == ["I keep no face keys of anybody whom you told me about."]

    @pytest.mark.usefixtures("agreed")
    def test_shows_who_has_face_keys_and_erases_them_at_once(
        self, database: Database, friend: Friend, face_worker: FaceWorker
    ) -> None:
        friend.says("/faces")
        (told,) = friend.is_told()
        assert told.startswith("Carlo: face keys agreed to on 2")
        assert told.endswith("made of 1 photo.")
        erase = friend.buttons()["face_erase"]
        friend.taps(erase)
        assert face_keys(database) == 0
        concept = _concept(database)
        assert (concept.face_agreed_by, concept.face_agreed_at) == (None, None)
        friend.taps(erase)
        friend.says("/faces")
        once, again, none = friend.is_told()
        assert once == again
        assert once.startswith("I erased the face keys of Carlo")
        assert none.startswith("I keep no face keys")

    @pytest.mark.usefixtures("agreed")
    def test_the_general_key_stays(self, database: Database, friend: Friend) -> None:
        friend.says("/faces")
        friend.taps(friend.buttons()["face_erase"])
        friend.says("/list")
        assert "Carlo (1 photo)" in friend.is_told()[-1]

    @pytest.mark.usefixtures("agreed")
    def test_nobody_else_sees_or_erases(
        self, database: Database, friend: Friend, stranger: Friend
    ) -> None:
        friend.says("/faces")
        stranger.says("/faces")
        stranger.taps(friend.buttons()["face_erase"])
        assert [told[:22] for told in stranger.is_told()] == [
            "I keep no face keys of",
            "I do not remember that",
        ]
        assert face_keys(database) == 1

    @pytest.mark.usefixtures("agreed")
    def test_one_who_was_forgotten_is_not_shown_and_is_erased_with_the_rest(
        self, database: Database, friend: Friend
    ) -> None:
        friend.says("/forget Carlo")
        friend.says("/faces")
        assert friend.is_told()[-1].startswith("I keep no face keys")
        with database.transaction() as session:
            forgotten = _concept(database).forgotten_at
            assert forgotten is not None
            session.execute(update(Concept).values(forgotten_at=forgotten - 2 * UNDO_FORGET))
        purge(database, Keep.of(no_settings()))
        assert face_keys(database) == 0
