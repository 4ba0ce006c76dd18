"""Reading what happens to a group, as Telegram sends it."""

from typing import Any

import pytest

from bot.intake.events import (
    BotCame,
    BotWent,
    FacelessCommand,
    GroupEvent,
    Migrated,
    PersonWent,
    Renamed,
    read_event,
)
from bot.intake.incoming import Command
from bot.intake.translate import translate

ANNA = {"id": 41, "is_bot": False, "first_name": "Anna"}
BERT = {"id": 42, "is_bot": False, "first_name": "Bert"}
BOT = {"id": 9, "is_bot": True, "first_name": "Rap", "username": "a_bot"}
GROUP = {"id": -5, "type": "group", "title": "Walkers", "all_members_are_administrators": False}
SUPERGROUP = {"id": -1005, "type": "supergroup", "title": "Walkers"}
ANONYMOUS = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
CHANNEL = {"id": -1009, "type": "channel", "title": "News"}


def _member(user: dict[str, Any], status: str, **more: Any) -> dict[str, Any]:
    return {"user": user, "status": status, **more}


def _change(kind: str, old: dict[str, Any], new: dict[str, Any], **more: Any) -> dict[str, Any]:
    head = {"chat": GROUP, "from": ANNA, "date": 1}
    return {
        "update_id": 5,
        kind: {**head, "old_chat_member": old, "new_chat_member": new, **more},
    }


def _message(**content: Any) -> dict[str, Any]:
    head = {"message_id": 7, "date": 1, "chat": GROUP, "from": ANNA}
    return {"update_id": 5, "message": {**head, **content}}


def _restricted(user: dict[str, Any], *, is_member: bool) -> dict[str, Any]:
    rights = (
        "can_change_info can_invite_users can_pin_messages can_send_messages can_send_polls"
        " can_send_other_messages can_add_web_page_previews can_manage_topics can_send_audios"
        " can_send_documents can_send_photos can_send_videos can_send_video_notes"
        " can_send_voice_notes"
    )
    denied = dict.fromkeys(rights.split(), False)
    return _member(user, "restricted", is_member=is_member, until_date=0, **denied)


LEFT, MEMBER, KICKED = (
    _member(BOT, "left"),
    _member(BOT, "member"),
    _member(BOT, "kicked", until_date=0),
)


@pytest.mark.parametrize(
    ("update", "happening"),
    [
        (_change("my_chat_member", LEFT, MEMBER), BotCame(str(ANNA["id"]))),
        (_change("my_chat_member", KICKED, MEMBER), BotCame(str(ANNA["id"]))),
        (_change("my_chat_member", MEMBER, LEFT), BotWent()),
        (_change("my_chat_member", MEMBER, KICKED), BotWent()),
        (
            _change("my_chat_member", LEFT, _restricted(BOT, is_member=True)),
            BotCame(str(ANNA["id"])),
        ),
        (_change("my_chat_member", MEMBER, _restricted(BOT, is_member=False)), BotWent()),
        (
            _change("chat_member", _member(BERT, "member"), _member(BERT, "left")),
            PersonWent("42"),
        ),
        (
            _change("chat_member", _member(BERT, "member"), _restricted(BERT, is_member=False)),
            PersonWent("42"),
        ),
        (_message(left_chat_member=BERT), PersonWent("42")),
        (_message(left_chat_member=ANNA), PersonWent("41")),
        (_message(new_chat_title="Runners"), Renamed("Runners")),
        (_message(migrate_to_chat_id=-1005), Migrated(-5, -1005)),
    ],
)
def test_reads_what_happened(update: dict[str, Any], happening: object) -> None:
    assert read_event("telegram", update, "a_bot") == GroupEvent("telegram", -5, happening)
    assert translate("telegram", update, "a_bot") is None


def test_the_new_chat_is_told_of_a_migration_too() -> None:
    update = _message(chat=SUPERGROUP, migrate_from_chat_id=-5, **{"from": ANONYMOUS})
    event = read_event("telegram", update, "a_bot")
    assert event == GroupEvent("telegram", -1005, Migrated(-5, -1005))


@pytest.mark.parametrize(
    "sender",
    [
        {"from": ANONYMOUS, "sender_chat": GROUP},
        {"from": CHANNEL_BOT, "sender_chat": CHANNEL},
    ],
)
def test_a_command_of_nobody_in_particular_is_an_event(sender: dict[str, Any]) -> None:
    update = _message(text="/list@a_bot", **sender)
    happening = FacelessCommand(Command("list", "", is_addressed=True), 7)
    assert read_event("telegram", update, "a_bot") == GroupEvent("telegram", -5, happening)
    assert translate("telegram", update, "a_bot") is None


@pytest.mark.parametrize(
    "update",
    [
        # Who blocks the bot in a private chat.
        _change("my_chat_member", MEMBER, KICKED, chat={"id": 41, "type": "private"}),
        _change("my_chat_member", MEMBER, LEFT, chat=CHANNEL),
        # Made an admin, or no longer one.
        _change("my_chat_member", MEMBER, _restricted(BOT, is_member=True)),
        _change("chat_member", _member(BERT, "left"), _member(BERT, "member")),
        _message(new_chat_members=[BERT]),
        _message(text="/list"),
        _message(text="hello", **{"from": ANONYMOUS, "sender_chat": GROUP}),
        _message(text="/list@another_bot", **{"from": ANONYMOUS, "sender_chat": GROUP}),
        _message(text="/list", **{"from": {**BOT, "id": 10, "username": "another_bot"}}),
        # A post of the linked channel.
        _message(
            text="/list",
            is_automatic_forward=True,
            sender_chat=CHANNEL,
            **{"from": TELEGRAM},
        ),
        {"update_id": 5, "channel_post": {**_message(text="/list")["message"], "chat": CHANNEL}},
        {"update_id": 5},
    ],
)
def test_passes_over_all_else(update: dict[str, Any]) -> None:
    assert read_event("telegram", update, "a_bot") is None
