"""Commands and buttons in a group."""

import pytest

from rap_engine.memory import Database
from tests.integration.bot.chats import Front
from tests.integration.groups.people import BOT, Companion, groups, members
from tests.standin import StandInWorker

pytestmark = pytest.mark.integration


class TestCommands:
    @pytest.mark.parametrize(
        "command", ["family", "invite", "privacy", "lists", "move", "copy", "usage"]
    )
    def test_what_is_private_is_done_in_private(self, anna: Companion, command: str) -> None:
        anna.says(f"/{command} x")
        assert anna.is_told() == [
            "That is between you and me. Please write to me there: https://t.me/rapbot_test_bot"
        ]

    def test_a_command_of_nobody_is_answered_if_it_is_for_this_bot(self, anna: Companion) -> None:
        anna.says("/weather")
        assert anna.is_told() == []
        anna.says("/weather@rapbot_test_bot")
        assert anna.is_told() == ["I do not know that command. /help shows those that I know."]

    def test_help_and_start_are_the_groups_own(self, anna: Companion) -> None:
        anna.says("/help")
        anna.says("/start")
        help_, hello = anna.is_told()
        assert "/history shows who" in help_
        assert hello.startswith("Hello, all!")

    def test_an_invite_is_not_used_up_in_a_group(self, anna: Companion) -> None:
        anna.says("/start i_abcdefghijklmnopqrstuvwxyz")
        assert anna.is_told()[0].startswith("Hello, all!")

    @pytest.mark.usefixtures("biscuit")
    def test_forget_and_history(self, anna: Companion, bert: Companion) -> None:
        bert.says("/forget Biscuit")
        bert.says("/history")
        forgotten, history = bert.is_told()[-2:]
        assert forgotten == "I forgot Biscuit."
        assert "Walkers: Anna made me forget Biscuit" in history

    def test_a_command_of_nobody_in_particular_gets_a_sentence(
        self, database: Database, front: Front, anna: Companion
    ) -> None:
        group = {"id": -5, "type": "group", "title": "Walkers"}
        faceless = {"from": {**BOT, "id": 1087968824, "username": "x"}, "sender_chat": group}
        anna.says("/weather", **faceless)
        assert anna.is_told() == []
        anna.says("/list", **faceless)
        (told,) = anna.is_told()
        assert told.startswith("Telegram does not tell me who of you wrote this.")
        assert groups(database) == []
        assert front.replies()[-1].user_id is None


@pytest.mark.usefixtures("biscuit")
class TestButtons:
    """A tap acts for who taps."""

    def test_another_member_takes_back_what_one_forgot(
        self, anna: Companion, bert: Companion
    ) -> None:
        anna.says("/forget Biscuit")
        button = anna.buttons()["undo"]
        bert.says("/list")
        bert.taps(button)
        assert bert.is_told()[-1] == "Biscuit is back."

    def test_who_never_wrote_there_presses_in_vain(
        self, database: Database, front: Front, anna: Companion, bert: Companion
    ) -> None:
        anna.says("/forget Biscuit")
        bert.taps(anna.buttons()["undo"])
        assert bert.is_told()[-1].startswith("I have not met you in this group yet.")
        assert members(database) == {"41"}
        assert front.replies()[-1].content["callback_id"] == "tap"

    def test_a_button_of_ones_own_lists_does_nothing_in_a_group(
        self, anna: Companion, worker: StandInWorker, corgi: bytes
    ) -> None:
        alone = anna.privately()
        alone.sends(corgi, "/remember Diary")
        worker.work()
        alone.says("/forget Diary")
        anna.taps(alone.buttons()["undo"])
        assert anna.is_told()[-1] == "It is too late to undo that."
        for made_up in ("use_list:1", "leave:1", "erase_all:1"):
            anna.taps(made_up)
            assert anna.is_told() == ["That button no longer works."]

    def test_the_buttons_of_a_dialogue_are_of_who_began_it(
        self, front: Front, anna: Companion, bert: Companion, corgi: bytes
    ) -> None:
        anna.sends(corgi, "/remember Biscuit")
        button = anna.buttons()["add_view"]
        bert.says("/list")
        bert.taps(button)
        assert bert.is_told()[-1] == "That button no longer works."
        anna.taps(button, message_id=77)
        assert anna.is_told()[-1] == "Adding the photo to Biscuit."
        job = front.jobs()[-1]
        assert (job.payload["name"], job.message_id) == ("Biscuit", 77)

    def test_a_tap_where_the_list_is_gone_shows_nothing_of_the_persons_own(
        self, front: Front, anna: Companion, worker: StandInWorker, corgi: bytes
    ) -> None:
        alone = anna.privately()
        alone.sends(corgi, "/remember Diary")
        worker.work()
        alone.says("/forget Diary")
        elsewhere = Companion(front, number=41, chat_number=-6)
        elsewhere.taps(alone.buttons()["undo"])
        assert elsewhere.is_told()[0].startswith("I have not met you in this group yet.")
