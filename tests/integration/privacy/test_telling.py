"""/privacy says what is so."""

import pytest
from telegram.constants import CallbackQueryLimit, MessageLimit

from bot.texts import catalogue_for
from rap_engine.memory import Database
from rap_engine.memory.in_service import put_into_service
from tests.integration.bot.chats import Friend, Front
from tests.services import no_settings

pytestmark = pytest.mark.integration
SHORT = 1_500
"""Characters of a page: what is said on all of it is still read on a phone."""


def _serve(database: Database, profile: str) -> None:
    with database.transaction() as session:
        put_into_service(session, profile)


def test_it_says_how_long_with_the_settings_own_numbers(front: Front, friend: Friend) -> None:
    days = {"inbox": 3, "replies": 11, "conversations": 47, "history": 1}
    chosen = {f"keep_{name}_days": float(number) for name, number in days.items()}
    front.settings = no_settings().model_copy(update=chosen)
    friend.says("/privacy")
    (page,) = friend.is_told()
    assert len(page) < SHORT
    assert list(friend.buttons()) == ["privacy_times", "export_me", "training_agree", "erase_ask"]
    friend.taps(friend.buttons()["privacy_times"])
    told = friend.is_told()[-1]
    for shown in ("3 days", "11 days", "47 days", "in a family or group: 1 day."):
        assert shown in told
    assert len(told) <= MessageLimit.MAX_TEXT_LENGTH


@pytest.mark.parametrize("contact", [None, "@anna or anna@example.org"])
def test_it_says_how_to_reach_the_operator_if_that_is_set(
    front: Front, friend: Friend, contact: str | None
) -> None:
    front.settings = no_settings().model_copy(update={"contact": contact})
    friend.says("/privacy")
    (told,) = friend.is_told()
    assert ("You reach whoever runs me so" in told) == (contact is not None)
    assert contact is None or told.endswith(contact)


def test_the_words_are_those_of_people_not_of_the_code(friend: Friend) -> None:
    friend.says("/privacy")
    friend.taps(friend.buttons()["privacy_times"])
    told = " ".join(friend.is_told())
    assert not {word for word in ("concept", "embedding", "infos") if word in told}


@pytest.mark.parametrize(
    ("profile", "elsewhere"),
    [("starter", False), ("rap-llava", False), ("openai", True), ("nobody-knows", True)],
)
def test_it_says_so_where_a_server_elsewhere_writes_the_answers(
    database: Database, friend: Friend, profile: str, elsewhere: bool
) -> None:
    _serve(database, profile)
    friend.says("/privacy")
    assert ("on another server" in friend.is_told()[0]) == elsewhere


def test_deletion_begins_from_its_button_with_the_same_question(friend: Friend) -> None:
    friend.says("/privacy")
    friend.is_told()
    friend.taps(friend.buttons()["erase_ask"])
    quiet, question = friend.is_told()
    assert quiet == ""
    assert question.startswith("This erases all that is yours alone")
    assert list(friend.buttons()) == ["erase_mine", "erase_nothing"]


def test_notes_on_taps_fit_telegram() -> None:
    limit = CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH
    for code in ("training_agreed", "training_withdrawn", "export_begun", "export_under_way"):
        assert len(catalogue_for().say(code)) <= limit
