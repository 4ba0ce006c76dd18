"""Remembering and asking in a group, and what of its talk is not for the bot."""

import pytest

from rap_engine.memory import Database
from tests.integration.bot.chats import Friend, Front
from tests.integration.groups.people import Companion, members

pytestmark = pytest.mark.integration


def _questions(front: Front) -> list[tuple[str, bool]]:
    asked = [job for job in front.jobs() if job.kind == "answer"]
    return [(job.payload["question"], job.upload_id is not None) for job in asked]


class TestRemembering:
    """In one message, or in steps: the bot's questions are answered by replying to them."""

    def test_a_reply_to_a_photo_of_anybody(
        self, front: Front, anna: Companion, bert: Companion, corgi: bytes
    ) -> None:
        shown = bert.message(photo=bert.sizes(corgi))
        anna.says("/remember Biscuit: our corgi", reply_to_message=shown)
        (job,) = front.jobs()
        assert job.payload["name"] == "Biscuit"

    def test_the_missing_photo_comes_as_a_reply(
        self, front: Front, anna: Companion, corgi: bytes
    ) -> None:
        anna.says("/remember Biscuit")
        (told,) = anna.is_told()
        assert told.startswith("Reply to this message with a photo of Biscuit.")
        anna.sends(corgi)
        assert front.jobs() == []
        anna.answers_with(corgi)
        assert front.jobs()[0].payload["name"] == "Biscuit"

    def test_the_missing_name_comes_as_a_reply(
        self, front: Front, anna: Companion, corgi: bytes
    ) -> None:
        anna.sends(corgi, "/remember")
        assert "Reply to this message with it." in anna.is_told()[0]
        anna.answers("Biscuit: our corgi")
        assert front.jobs()[0].payload["info"] == "our corgi"

    def test_a_dialogue_is_of_the_one_who_began_it(
        self, front: Front, anna: Companion, bert: Companion, corgi: bytes
    ) -> None:
        anna.says("/remember Biscuit")
        bert.answers_with(corgi)
        assert [job.kind for job in front.jobs()] == []
        assert "I do not remember anybody in this group yet." in bert.is_told()[-1]
        bert.says("/cancel")
        assert bert.is_told() == ["There is nothing to cancel."]
        anna.says("/cancel")
        assert anna.is_told()[-1] == "Cancelled."

    def test_a_dialogue_in_the_group_is_none_elsewhere(
        self, front: Front, anna: Companion, corgi: bytes
    ) -> None:
        anna.says("/remember Biscuit")
        alone = anna.privately()
        alone.sends(corgi)
        assert front.jobs() == []
        assert alone.is_told()[0].startswith("I do not remember anybody yet.")


@pytest.mark.usefixtures("biscuit")
class TestAsking:
    def test_ask_alone_with_a_photo_and_in_reply_to_one(
        self, front: Front, anna: Companion, bert: Companion, corgi: bytes
    ) -> None:
        anna.says("/ask who is Biscuit?")
        anna.sends(corgi, "/ask who is this?")
        anna.sends(corgi, "/ask")
        anna.says("/ask@rapbot_test_bot and this?", reply_to_message=bert.message(photo=[]))
        shown = bert.message(photo=bert.sizes(corgi))
        bert.says("/ask who is this?", reply_to_message=shown)
        bert.says("/where Biscuit", reply_to_message=shown)
        assert _questions(front) == [
            ("who is Biscuit?", False),
            ("who is this?", True),
            ("", True),
            ("and this?", False),
            ("who is this?", True),
            ("Where is Biscuit?", True),
        ]

    def test_ask_works_in_private_chats_too(self, friend: Friend) -> None:
        friend.says("/ask")
        assert friend.is_told()[0].startswith("What is the question?")

    def test_a_reply_to_the_bot_is_a_question_about_the_last_photo(
        self, front: Front, anna: Companion, corgi: bytes
    ) -> None:
        picture = anna.of_the_bot(photo=anna.sizes(corgi), caption="This is Biscuit.")
        anna.says("where is she?", reply_to_message=picture)
        assert _questions(front) == [("where is she?", False)]

    def test_the_answer_quotes_the_question(self, front: Front, anna: Companion) -> None:
        anna.says("/ask who is Biscuit?")
        anna.says("/forget Nobody")
        messages = [front.jobs()[-1].message_id, front.replies()[-1].message_id]
        assert None not in messages
        assert messages == sorted(messages)

    def test_all_else_is_not_for_the_bot(
        self, front: Front, database: Database, anna: Companion, bert: Companion, corgi: bytes
    ) -> None:
        before = len(front.replies()), len(front.jobs())
        stranger = Companion(front, number=43)
        stranger.says("what a nice day")
        stranger.says("Biscuit?", reply_to_message=anna.message(text="look"))
        stranger.sends(corgi, "look at Biscuit")
        stranger.sends(corgi, media_group_id="album")
        stranger.says("/weather")
        stranger.says("/list@another_bot")
        assert (len(front.replies()), len(front.jobs())) == before
        assert members(database) == {"41"}
