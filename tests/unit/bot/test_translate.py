"""Reading updates."""

from typing import Any, ClassVar

import pytest

from bot.intake.incoming import Command, Incoming, PhotoRef, Tap
from bot.intake.translate import translate

ANNA = {"id": 41, "is_bot": False, "first_name": "Anna", "last_name": "B", "language_code": "pt-BR"}
CHAT = {"id": 41, "type": "private"}


def _message(**content: Any) -> dict[str, Any]:
    head = {"message_id": 7, "date": 1, "chat": CHAT, "from": ANNA}
    return {"update_id": 5, "message": {**head, **content}}


def test_reads_who_wrote_what() -> None:
    incoming = translate("telegram", _message(text="hello"), "a_bot")
    assert incoming is not None
    assert (incoming.update_id, incoming.message_id, incoming.text) == (5, 7, "hello")
    sender = incoming.sender
    assert (sender.external_id, sender.display_name, sender.language) == ("41", "Anna B", "pt-BR")
    assert (incoming.command, incoming.photo, incoming.kind, incoming.tap) == (None,) * 4


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/start", Command("start", "")),
        ("/START@a_Bot now", Command("start", "now", is_addressed=True)),
        ("/remember Biscuit:\nour corgi ", Command("remember", "Biscuit:\nour corgi")),
        ("/remember\nBiscuit", Command("remember", "Biscuit")),
        ("/ hello", None),
        ("see /help", None),
        ("/etc/passwd", None),
    ],
)
def test_reads_commands(text: str, command: Command | None) -> None:
    incoming = translate("telegram", _message(text=text), "a_bot")
    assert incoming is not None
    assert incoming.command == command


def test_takes_the_largest_size_and_the_caption() -> None:
    sizes = [
        {"file_id": "s", "file_unique_id": "s", "width": 90, "height": 60, "file_size": 9},
        {"file_id": "l", "file_unique_id": "l", "width": 900, "height": 600, "file_size": 99},
    ]
    incoming = translate("telegram", _message(photo=sizes, caption="/remember B"), "a_bot")
    assert incoming is not None
    assert incoming.photo == PhotoRef("l", 99)
    assert incoming.command == Command("remember", "B")


@pytest.mark.parametrize(
    "update",
    [
        _message(pinned_message=None),
        _message(new_chat_title="x"),
        {"update_id": 5},
        {"update_id": 5, "edited_message": _message(text="x")["message"]},
        {"update_id": 5, "channel_post": _message(text="x")["message"]},
        _message(text="x", **{"from": {**ANNA, "is_bot": True}}),
        _message(text="/list@another_bot"),
        _message(text="hello", chat={"id": -7, "type": "supergroup"}),
    ],
)
def test_passes_over_what_expects_no_answer(update: dict[str, Any]) -> None:
    assert translate("telegram", update, "a_bot") is None


class TestGroups:
    """What of a group is said to the bot."""

    GROUP: ClassVar[dict[str, Any]] = {"id": -7, "type": "supergroup", "title": "Walkers"}
    BOT: ClassVar[dict[str, Any]] = {
        "id": 9,
        "is_bot": True,
        "first_name": "Rap",
        "username": "A_bot",
    }
    SIZES: ClassVar[list[dict[str, Any]]] = [
        {"file_id": "l", "file_unique_id": "l", "width": 900, "height": 600, "file_size": 99}
    ]

    def _read(self, **content: Any) -> Incoming | None:
        return translate("telegram", _message(chat=self.GROUP, **content), "a_bot")

    def _said(self, author: dict[str, Any], **content: Any) -> dict[str, Any]:
        return {"message_id": 3, "date": 1, "chat": self.GROUP, "from": author, **content}

    def test_a_command_and_the_groups_title(self) -> None:
        incoming = self._read(text="/list@A_BOT")
        assert incoming is not None
        assert incoming.command == Command("list", "", is_addressed=True)
        assert (incoming.sender.is_private, incoming.sender.chat_title) == (False, "Walkers")

    def test_a_command_that_replies_to_a_photo(self) -> None:
        photo = self._said(ANNA, photo=self.SIZES)
        incoming = self._read(text="/ask who is this?", reply_to_message=photo)
        assert incoming is not None
        assert incoming.reply_photo == PhotoRef("l", 99)

    def test_a_reply_to_the_bot_whose_own_picture_is_not_shown_to_it(self) -> None:
        answer = self._said(self.BOT, photo=self.SIZES, caption="Biscuit is on the left.")
        incoming = self._read(text="and Luna?", reply_to_message=answer)
        assert incoming is not None
        assert (incoming.text, incoming.reply_photo) == ("and Luna?", None)

    def test_a_photo_that_replies_to_the_bot(self) -> None:
        question = self._said(self.BOT, text="Reply to this message with the photo.")
        incoming = self._read(photo=self.SIZES, reply_to_message=question)
        assert incoming is not None
        assert incoming.photo == PhotoRef("l", 99)

    @pytest.mark.parametrize(
        "content",
        [
            {"text": "hello"},
            {"photo": SIZES, "caption": "look"},
            {"text": "yes", "reply_to": ANNA},
            {"photo": SIZES, "media_group_id": "album", "reply_to": BOT},
            {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 1}, "reply_to": BOT},
            {"text": "/list", "sender_chat": GROUP},
        ],
    )
    def test_all_else_is_not_for_the_bot(self, content: dict[str, Any]) -> None:
        author = content.pop("reply_to", None)
        if author is not None:
            content["reply_to_message"] = self._said(author, text="what I said")
        assert self._read(**content) is None

    def test_a_tap(self) -> None:
        query = {
            "id": "1",
            "from": ANNA,
            "chat_instance": "1",
            "message": self._said(self.BOT, text="I forgot Biscuit."),
            "data": "undo:1",
        }
        incoming = translate("telegram", {"update_id": 5, "callback_query": query}, "a_bot")
        assert incoming is not None
        assert (incoming.tap, incoming.sender.chat_id) == (Tap("1", "undo:1", 3), -7)
