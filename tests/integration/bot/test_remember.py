"""/remember in all its shapes."""

import pytest
from sqlalchemy import func, update

from bot.handlers.dialogues import EXPIRES_AFTER
from bot.handlers.tables import Dialogue
from rap_engine.memory import Database
from tests.integration.bot.chats import Friend, Front
from tests.standin import StandInWorker

pytestmark = pytest.mark.integration


def _requests(front: Front) -> list[tuple[str, str]]:
    return [(job.payload["name"], job.payload["info"]) for job in front.jobs()]


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
    friend.sends(corgi, "/remember Biscuit")
    stranger.taps(friend.buttons()["add_view"])
    assert stranger.is_told() == ["That button no longer works."]
    assert len(front.jobs()) == 1
