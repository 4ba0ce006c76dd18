"""/remember in all its shapes."""

import pytest
from sqlalchemy import func, update

from bot.handlers.dialogues import EXPIRES_AFTER
from bot.handlers.tables import Dialogue
from rap_engine.memory import Database
from rap_engine.memory.conversations import PAUSE
from tests.integration.bot.chats import Friend, Front
from tests.standin import LEASE_S, StandInWorker
from workers.jobs.queue import finish, take
from workers.jobs.tables import Job
from workers.jobs.values import Content, Draft

pytestmark = pytest.mark.integration


def _requests(front: Front) -> list[tuple[str, str]]:
    return [(job.payload["name"], job.payload["info"]) for job in front.jobs()]


def _fail_last_job(front: Front) -> None:
    """End the last job as a worker does that finds its photo broken."""
    with front.database.transaction() as session:
        lease = take(session, front.publisher, front.jobs()[-1].id, LEASE_S)
        assert lease is not None
        sentence = Draft(Content(notice="bad_photo.broken"))
        finish(session, front.publisher, lease, [sentence], error="BadPhoto('broken')")


@pytest.fixture
def cut_off(front: Front, friend: Friend, corgi: bytes) -> None:
    """The friend's photo of Biscuit did not arrive whole, and they were told so."""
    friend.says("/remember Biscuit: our corgi")
    friend.sends(corgi)
    _fail_last_job(front)
    assert "Please send it again" in friend.is_told()[-1]


def test_takes_name_and_info_from_the_caption(front: Front, friend: Friend, corgi: bytes) -> None:
    friend.sends(corgi, "/remember Biscuit: our corgi, afraid of vacuum cleaners")
    assert _requests(front) == [("Biscuit", "our corgi, afraid of vacuum cleaners")]
    assert front.publisher.published == [job.id for job in front.jobs()]


def test_takes_the_photo_that_it_replies_to(front: Front, friend: Friend, corgi: bytes) -> None:
    shown = friend.message(photo=friend.sizes(corgi))
    friend.says("/remember Biscuit", reply_to_message=shown)
    assert _requests(front) == [("Biscuit", "")]


def test_takes_a_photo_that_is_sent_as_a_file(front: Front, friend: Friend, corgi: bytes) -> None:
    front.files.contents["file"] = corgi
    document = {"file_id": "file", "file_unique_id": "u", "mime_type": "image/jpeg"}
    friend.front.deliver(
        {"message": friend.message(document=document, caption="/remember Biscuit")}
    )
    assert _requests(front) == [("Biscuit", "")]


def test_asks_for_both_in_steps(front: Front, friend: Friend, corgi: bytes) -> None:
    friend.says("/remember")
    friend.sends(corgi)
    friend.says("Biscuit: our corgi")
    both, name = friend.is_told()
    assert "Send me the photo" in both
    assert "What is the name?" in name
    assert _requests(front) == [("Biscuit", "our corgi")]


def test_asks_for_the_photo_alone(front: Front, friend: Friend, corgi: bytes) -> None:
    friend.says("/remember Biscuit: our corgi")
    assert "Now send me a photo of Biscuit" in friend.is_told()[0]
    friend.sends(corgi)
    assert _requests(front) == [("Biscuit", "our corgi")]


def test_a_question_does_not_belong_to_the_dialogue(front: Front, friend: Friend) -> None:
    friend.says("/remember")
    friend.says("Biscuit")
    friend.says("What can you do?")
    assert "I do not remember anybody yet" in friend.is_told()[-1]
    assert front.jobs() == []


def test_cancel_ends_the_dialogue(front: Front, friend: Friend, corgi: bytes) -> None:
    friend.says("/remember Biscuit")
    friend.says("/cancel")
    friend.sends(corgi)
    friend.says("/cancel")
    assert friend.is_told()[1] == "Cancelled."
    assert front.jobs() == []


def test_a_dialogue_ends_after_a_day(
    front: Front, friend: Friend, database: Database, corgi: bytes
) -> None:
    friend.says("/remember Biscuit")
    with database.transaction() as session:
        session.execute(update(Dialogue).values(updated_at=func.now() - EXPIRES_AFTER))
    friend.sends(corgi)
    assert front.jobs() == []


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("x" * 65, "at most 64 characters"),
        ("x" * 65 + ": our corgi", "at most 64 characters"),
        (": our corgi", "I cannot tell the name"),
        ("Bis\u200bcuit", "invisible characters"),
        ("<b>Biscuit", "cannot have these characters: < > [ ] { } | * ` \\"),
        ("<image>", "I need that word for myself"),
        ("Biscuit: " + "x" * 1001, "at most 1,000 characters"),
        ("!!!", "at least one letter"),
    ],
)
def test_a_bad_name_or_info_changes_nothing(
    front: Front, friend: Friend, corgi: bytes, argument: str, sentence: str
) -> None:
    friend.sends(corgi, f"/remember {argument}")
    (told,) = friend.is_told()
    assert sentence in told
    friend.says("/cancel")
    assert friend.is_told() == ["There is nothing to cancel."]
    assert front.jobs() == []


@pytest.mark.usefixtures("biscuit")
def test_a_taken_name_is_asked_about(
    front: Front, friend: Friend, worker: StandInWorker, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember BISCUIT: at the lake")
    assert "You already told me about Biscuit" in friend.is_told()[0]
    assert len(front.jobs()) == 1
    friend.taps(friend.buttons()["add_view"])
    worker.work()
    assert friend.is_told() == [
        "Adding the photo to Biscuit.",
        "I added this to what I know Biscuit by.",
    ]


@pytest.mark.usefixtures("biscuit")
def test_another_name_may_be_chosen(front: Front, friend: Friend, corgi: bytes) -> None:
    friend.sends(corgi, "/remember Biscuit: the neighbours' dog")
    friend.taps(friend.buttons()["other_name"])
    friend.says("Waffle")
    assert "What other name" in friend.is_told()[-1]
    assert _requests(front)[-1] == ("Waffle", "the neighbours' dog")


@pytest.mark.usefixtures("biscuit")
def test_a_taken_name_may_be_dropped(front: Front, friend: Friend, corgi: bytes) -> None:
    friend.sends(corgi, "/remember Biscuit")
    add, cancel = friend.buttons()["add_view"], friend.buttons()["cancel"]
    friend.taps(cancel)
    friend.taps(add)
    assert friend.is_told()[1:] == ["Cancelled.", "That button no longer works."]
    assert len(front.jobs()) == 1


@pytest.mark.usefixtures("biscuit")
def test_nobody_else_can_tap(front: Front, friend: Friend, stranger: Friend, corgi: bytes) -> None:
    stranger.says("/start")
    stranger.is_told()
    friend.sends(corgi, "/remember Biscuit")
    stranger.taps(friend.buttons()["add_view"])
    assert stranger.is_told() == ["That button no longer works."]
    assert len(front.jobs()) == 1


@pytest.mark.usefixtures("cut_off")
def test_a_photo_that_was_cut_off_may_be_sent_again(
    front: Front, friend: Friend, worker: StandInWorker, corgi: bytes
) -> None:
    friend.sends(corgi)
    assert _requests(front) == [("Biscuit", "our corgi")] * 2
    worker.work()
    assert friend.is_told()[-1].startswith("I will know Biscuit by this")
    friend.sends(corgi)
    assert front.jobs()[-1].kind == "answer"


def test_so_may_one_whose_caption_said_it_all(front: Front, friend: Friend, corgi: bytes) -> None:
    friend.sends(corgi, "/remember Biscuit: our corgi")
    for tries in (2, 3):
        _fail_last_job(front)
        friend.sends(corgi)
        assert _requests(front) == [("Biscuit", "our corgi")] * tries


@pytest.mark.usefixtures("cut_off")
def test_a_question_in_between_changes_nothing(front: Front, friend: Friend, corgi: bytes) -> None:
    friend.says("What do you mean?")
    friend.says("It is fine here.")
    friend.sends(corgi)
    assert _requests(front) == [("Biscuit", "our corgi")] * 2


@pytest.mark.usefixtures("biscuit")
def test_a_caption_says_that_the_photo_is_for_something_else(
    front: Front, friend: Friend, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember Waffle")
    _fail_last_job(front)
    friend.sends(corgi, "My garden")
    friend.sends(corgi)
    assert [job.kind for job in front.jobs()[-2:]] == ["answer", "answer"]


@pytest.mark.usefixtures("biscuit")
def test_a_photo_after_one_that_is_still_worked_on_is_a_question(
    front: Front, friend: Friend, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember Waffle")
    friend.sends(corgi)
    assert front.jobs()[-1].kind == "answer"


@pytest.mark.usefixtures("biscuit")
def test_a_failure_of_long_ago_is_not_gone_on_with(
    front: Front, friend: Friend, database: Database, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember Waffle")
    _fail_last_job(front)
    with database.transaction() as session:
        session.execute(update(Job).values(finished_at=func.now() - PAUSE))
    friend.sends(corgi)
    assert front.jobs()[-1].kind == "answer"


@pytest.mark.usefixtures("cut_off")
def test_cancel_ends_the_wait_for_a_better_photo(
    front: Front, friend: Friend, corgi: bytes
) -> None:
    friend.says("/cancel")
    assert friend.is_told() == ["Cancelled."]
    friend.sends(corgi)
    assert len(front.jobs()) == 1


@pytest.mark.usefixtures("biscuit")
def test_there_is_nothing_to_cancel_after_success(friend: Friend) -> None:
    friend.says("/cancel")
    assert friend.is_told() == ["There is nothing to cancel."]


@pytest.mark.usefixtures("biscuit")
def test_a_view_that_was_cut_off_is_added_without_asking_again(
    front: Front, friend: Friend, worker: StandInWorker, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember Biscuit")
    friend.taps(friend.buttons()["add_view"])
    _fail_last_job(front)
    friend.sends(corgi)
    worker.work()
    assert friend.is_told()[-1] == "I added this to what I know Biscuit by."


@pytest.mark.usefixtures("biscuit")
def test_a_name_that_got_free_since_the_question_is_given_anew(
    friend: Friend, worker: StandInWorker, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember Biscuit: the neighbours' dog")
    add = friend.buttons()["add_view"]
    friend.says("/forget Biscuit")
    friend.taps(add)
    worker.work()
    assert friend.is_told()[-2:] == [
        "You have told me to forget Biscuit since, so I begin anew with this photo.",
        "I will know Biscuit by this. Send me another photo and ask who is in it.",
    ]
    friend.says("/list")
    assert friend.is_told() == ["I remember:\n• Biscuit (1 photo): the neighbours' dog"]


@pytest.mark.usefixtures("biscuit")
def test_a_forgetting_that_was_undone_changes_nothing(
    friend: Friend, worker: StandInWorker, corgi: bytes
) -> None:
    friend.sends(corgi, "/remember Biscuit")
    add = friend.buttons()["add_view"]
    friend.says("/forget Biscuit")
    friend.taps(friend.buttons()["undo"])
    friend.taps(add)
    worker.work()
    assert friend.is_told()[-2:] == [
        "Adding the photo to Biscuit.",
        "I added this to what I know Biscuit by.",
    ]
