"""Admins run the bot over the Bot API: their menu, their panel, a broadcast to everybody."""

import json

import pytest

from tests.e2e.programs import Program, run_verb
from tests.telegram import LIBRARY_WARNING, FakeTelegram, Person

pytestmark = [pytest.mark.e2e, LIBRARY_WARNING]

PRIVATE, GROUPS = "all_private_chats", "all_group_chats"


@pytest.fixture(autouse=True)
def _running(bot: Program, environment: dict[str, str], anna: Person) -> None:
    environment["RAPBOT_ADMINS"] = str(anna.number)
    bot.start()


def _menus(telegram: FakeTelegram) -> dict[str | int, list[str]]:
    """The scope of each menu, or its chat -> the commands that were shown there last."""
    shown: dict[str | int, list[str]] = {}
    for call in telegram.calls("setMyCommands", "deleteMyCommands"):
        scope = json.loads(call.fields["scope"])
        where = scope.get("chat_id", scope["type"])
        if call.method == "deleteMyCommands":
            shown.pop(where, None)
        else:
            shown[where] = [entry["command"] for entry in json.loads(call.fields["commands"])]
    return shown


def test_menus_are_for_whom_they_are(telegram: FakeTelegram, anna: Person, bert: Person) -> None:
    menus = telegram.wait_for(
        lambda: anna.number in (shown := _menus(telegram)) and shown, "the admin's menu"
    )
    assert set(menus) == {PRIVATE, GROUPS, anna.number}
    assert menus[anna.number] == [*menus[PRIVATE], "admin", "retrain", "runs"]
    assert "admin" not in menus[GROUPS]
    anna.says(f"/admin admins add {bert.number}")
    anna.hears("is an admin now")
    telegram.wait_for(lambda: bert.number in _menus(telegram), "the new admin's menu")
    anna.says(f"/admin admins remove {bert.number}")
    anna.hears("is no admin any more")
    telegram.wait_for(lambda: bert.number not in _menus(telegram), "the menu taken back")


def test_a_right_lost_while_the_bot_was_down_takes_the_menu_along(
    bot: Program, telegram: FakeTelegram, anna: Person, environment: dict[str, str]
) -> None:
    telegram.wait_for(lambda: anna.number in _menus(telegram), "the admin's menu")
    assert bot.stop() == 0
    environment["RAPBOT_ADMINS"] = ""
    bot.start()
    telegram.wait_for(lambda: anna.number not in _menus(telegram), "the menu taken back")


def test_the_operator_makes_the_first_admin(
    telegram: FakeTelegram, bert: Person, environment: dict[str, str], bot: Program
) -> None:
    bert.says("/admin")
    bert.hears("I do not know that command.")
    here = {**environment, "RAPBOT_DATA_DIR": str(bot.folder / "data")}
    said = run_verb("admin", "add", f"telegram:{bert.number}", environment=here, folder=bot.folder)
    assert said == f"telegram:{bert.number} is an admin.\n"
    telegram.wait_for(lambda: bert.number in _menus(telegram), "the new admin's menu")
    bert.says("/admin")
    bert.hears("What do you want to see?")


def test_the_panel_turns_its_pages_in_place(
    telegram: FakeTelegram, anna: Person, bert: Person
) -> None:
    anna.says("/admin")
    overview = anna.hears("What do you want to see?")
    bert.says("/start")
    bert.hears("Hello!")
    anna.taps(overview, "Stats")
    stats = anna.hears("People: 2")
    assert stats.method == "editMessageText"
    assert stats.fields["message_id"] == str(overview.result["message_id"])
    bert.taps(overview, "Stats")
    notes = telegram.wait_for(
        lambda: [call for call in telegram.calls("answerCallbackQuery") if call.text],
        "the answer to a tap",
    )
    assert [note.text for note in notes] == ["That button no longer works."]


def test_a_broadcast_reaches_everybody_after_a_restart_too(
    bot: Program, anna: Person, bert: Person
) -> None:
    bert.says("/start")
    bert.hears("Hello!")
    anna.says("/admin broadcast We are back: *soon* <b>")
    shown = anna.hears("2 people get this:\n\nWe are back: *soon* <b>")
    assert bot.stop() == 0
    bot.start()
    anna.taps(shown, "Send")
    heard = bert.hears("We are back: *soon* <b>")
    assert "parse_mode" not in heard.fields
    assert sum("We are back" in call.text for call in bert.replies()) == 1
