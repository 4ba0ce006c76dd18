"""Questions, photos, and what cannot be either."""

import pytest

from rap_engine.images import MOST_BYTES
from tests.integration.bot.chats import Friend, Front
from tests.integration.bot.conftest import picture

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("biscuit")]


def _questions(front: Front) -> list[tuple[str, bool]]:
    asked = [job for job in front.jobs() if job.kind == "answer"]
    return [(job.payload["question"], job.upload_id is not None) for job in asked]


def test_any_text_is_a_question(front: Front, friend: Friend) -> None:
    friend.says("Tell me about Biscuit")
    assert _questions(front) == [("Tell me about Biscuit", False)]


def test_any_photo_is_a_question(front: Front, friend: Friend, corgi: bytes) -> None:
    friend.sends(corgi)
    friend.sends(corgi, "Who is this?")
    assert _questions(front) == [("", True), ("Who is this?", True)]


def test_a_question_may_reply_to_a_photo(front: Front, friend: Friend, corgi: bytes) -> None:
    shown = friend.message(photo=friend.sizes(corgi))
    friend.says("Where is she?", reply_to_message=shown)
    friend.says("/where Biscuit", reply_to_message=shown)
    assert _questions(front) == [("Where is she?", True), ("Where is Biscuit?", True)]


def test_the_answer_quotes_the_question(front: Front, friend: Friend) -> None:
    friend.says("Tell me about Biscuit")
    assert front.jobs()[-1].message_id is not None


def test_a_question_of_more_than_a_message_is_refused(front: Front, friend: Friend) -> None:
    friend.says("x" * 4097)
    assert friend.is_told() == ["That is too long for me: a question has at most 4096 characters."]
    assert _questions(front) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"this is no photo", "not a photo"),
        (picture(1, 1, "PNG"), "too small"),
        (picture(9_001, 40, "PNG"), "too many pixels"),
    ],
)
def test_a_bad_photo_gets_a_sentence(
    front: Front, friend: Friend, content: bytes, sentence: str
) -> None:
    friend.sends(content, "Who is this?")
    (told,) = friend.is_told()
    assert sentence in told
    assert _questions(front) == []


def test_a_huge_file_is_not_even_fetched(front: Front, friend: Friend, corgi: bytes) -> None:
    before = len(front.files.fetched)
    sizes = friend.sizes(corgi, size=MOST_BYTES + 1)
    front.deliver({"message": friend.message(photo=sizes)})
    assert friend.is_told() == ["That file is too big: I take photos up to 20 MB."]
    assert len(front.files.fetched) == before


def test_a_photo_that_telegram_withholds_gets_a_sentence(front: Front, friend: Friend) -> None:
    gone = [{"file_id": "gone", "file_unique_id": "u", "width": 9, "height": 9}]
    front.deliver({"message": friend.message(photo=gone)})
    assert friend.is_told() == ["I could not get at that photo. Please send it again."]


FILE = {"file_id": "f", "file_unique_id": "u"}
CLIP = {**FILE, "duration": 1, "width": 9, "height": 9}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"voice": {**FILE, "duration": 1}}, "I cannot listen"),
        ({"video": CLIP}, "I cannot watch videos"),
        ({"animation": CLIP, "document": FILE}, "I cannot watch animations"),
        ({"document": {**FILE, "mime_type": "image/gif"}}, "I cannot watch animations"),
        ({"document": {**FILE, "mime_type": "application/pdf"}}, "I cannot read that file"),
        ({"location": {"longitude": 1.0, "latitude": 2.0}}, "I do not know what to do"),
        ({"contact": {"phone_number": "1", "first_name": "B"}}, "I do not keep contacts"),
        ({"dice": {"emoji": "🎲", "value": 6}}, "I do not know what to do"),
    ],
)
def test_other_kinds_get_a_sentence(
    front: Front, friend: Friend, content: dict[str, object], sentence: str
) -> None:
    front.deliver({"message": friend.message(**content)})
    (told,) = friend.is_told()
    assert told.startswith(sentence)


def test_an_album_gets_one_sentence(front: Front, friend: Friend, corgi: bytes) -> None:
    for _ in range(3):
        friend.sends(corgi, media_group_id="album")
    assert friend.is_told() == ["Please send photos one at a time: I looked at none of these."]


@pytest.mark.parametrize(
    "update",
    [
        {"poll": {"id": "1"}},
        {"something_new": {"chat": {"id": 41}}},
        {"edited_message": {"message_id": 1, "date": 1, "chat": {"id": 41, "type": "private"}}},
    ],
)
def test_other_updates_are_passed_over(
    front: Front, friend: Friend, update: dict[str, object]
) -> None:
    if "poll" in update:
        update = {"poll": _poll()}
    front.deliver(update)
    friend.says("/help")
    assert len(friend.is_told()) == 1


def _poll() -> dict[str, object]:
    return {
        "id": "1",
        "question": "?",
        "options": [],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
    }


def test_an_unknown_command_is_named_so(friend: Friend) -> None:
    friend.says("/teleport")
    assert friend.is_told() == ["I do not know that command. /help shows those that I know."]
