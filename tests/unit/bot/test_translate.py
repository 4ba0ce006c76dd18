"""Reading updates."""

from typing import Any

import pytest

from bot.intake.incoming import Command, PhotoRef
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
        ("/START@a_Bot now", Command("start", "now")),
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
