"""Who is an admin, by whose word."""

import pytest
from sqlalchemy import select

from bot.administration.admins import add_admin, is_admin, telegram_admins
from bot.administration.person import PersonId
from bot.administration.tables import AuditEntry
from rap_engine.memory.erasure import erase_person
from rap_engine.memory.people import find_user
from tests.integration.bot.chats import Friend, Front

pytestmark = pytest.mark.integration


def _ask(boss: Friend, words: str) -> str:
    boss.says(f"/admin {words}".strip())
    return boss.is_told()[-1]


def test_without_words_or_with_unknown_ones_it_is_an_overview(boss: Friend) -> None:
    assert _ask(boss, "") == _ask(boss, "nonsense") == _ask(boss, "Statistics please")
    assert "adm_stats" in boss.buttons()
    assert "adm_overview" not in boss.buttons()


def test_words_may_be_written_in_any_case(boss: Friend) -> None:
    assert _ask(boss, "ADMINS  Add\n 77").startswith("telegram:77 is an admin now")


def test_one_is_added_acts_and_is_removed(front: Front, boss: Friend) -> None:
    other = Friend(front, 77)
    assert _ask(boss, "admins add telegram:77").startswith("telegram:77 is an admin now")
    assert _ask(boss, "admins add 77") == "telegram:77 is an admin already."
    assert _ask(other, "admins add 78").startswith("telegram:78 is an admin now")
    listed = _ask(boss, "admins")
    assert "telegram:7, by the settings" in listed
    assert "telegram:77, by telegram:7 on" in listed
    assert "telegram:78, by telegram:77 on" in listed
    assert _ask(boss, "admins remove 77") == "telegram:77 is no admin any more."
    assert _ask(boss, "admins remove 77") == "telegram:77 is no admin."
    assert _ask(other, "admins").startswith("I do not know that command.")


def test_one_of_the_settings_is_neither_added_nor_removed(boss: Friend) -> None:
    assert _ask(boss, "admins add 7") == "telegram:7 is an admin already."
    assert _ask(boss, "admins remove 7").startswith("telegram:7 is an admin by RAPBOT_ADMINS.")


@pytest.mark.parametrize("words", ["", "Anna", "-7", "0", "7 8", "1" * 40, "group:7", "console:"])
def test_what_names_nobody_is_answered_by_the_right_form(boss: Friend, words: str) -> None:
    for verb in ("add", "remove"):
        assert _ask(boss, f"admins {verb} {words}").startswith("Write /admin admins add NUMBER")


def test_who_erased_themselves_is_named_nowhere_in_the_log(front: Front, boss: Friend) -> None:
    _ask(boss, "admins add 660066")
    _ask(boss, "admins remove 660066")
    with front.database.transaction() as session:
        user_id = find_user(session, "telegram", "660066")
        assert user_id is not None
        erase_person(session, user_id, takes_along=False)
    listed = _ask(boss, "audit")
    assert "660066" not in listed
    assert f"telegram:7 admin_removed user:{user_id}" in listed
    with front.database.transaction() as session:
        entries = session.scalars(select(AuditEntry)).all()
    assert [(entry.act, entry.subject) for entry in entries] == [
        ("admin_added", f"user:{user_id}"),
        ("admin_removed", f"user:{user_id}"),
    ]


def test_a_person_of_the_console_is_an_admin_by_a_row_and_has_no_menu(
    front: Front, boss: Friend
) -> None:
    assert _ask(boss, "admins add console:me").startswith("console:me is an admin now")
    with front.database.transaction() as session:
        assert is_admin(session, front.settings, PersonId("console", "me"))
        assert telegram_admins(session, front.settings) == {7}
        add_admin(session, "operator", PersonId("telegram", "77"))
        assert telegram_admins(session, front.settings) == {7, 77}
