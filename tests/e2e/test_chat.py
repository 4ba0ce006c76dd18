"""People talk to the bot over the Bot API."""

import psutil
import pytest

from tests.e2e.programs import Program
from tests.standin import StandInWorker
from tests.telegram import LIBRARY_WARNING, TOKEN, FakeTelegram, Person

pytestmark = [pytest.mark.e2e, LIBRARY_WARNING, pytest.mark.usefixtures("worker")]

MEMORY_MB = 200


@pytest.fixture(autouse=True)
def _running(bot: Program) -> None:
    bot.start()


def _introduce_biscuit(anna: Person, photo: bytes) -> None:
    anna.sends(photo, "/remember Biscuit: our corgi, afraid of vacuum cleaners")
    anna.hears("I will know Biscuit by this")


def test_remembers_from_a_photo_with_a_caption(anna: Person, corgi: bytes) -> None:
    anna.sends(corgi, "/remember Biscuit: our corgi, afraid of vacuum cleaners")
    reply = anna.hears("I will know Biscuit by this")
    assert reply.photo is not None
    anna.says("/list")
    anna.hears("• Biscuit (1 photo): our corgi, afraid of vacuum cleaners")


def test_answers_a_photo_and_quotes_the_question(anna: Person, corgi: bytes) -> None:
    _introduce_biscuit(anna, corgi)
    anna.sends(corgi, "Who is this?")
    reply = anna.hears("Answer to 'Who is this?'")
    assert reply.method == "sendPhoto"
    assert "reply_parameters" in reply.fields


def test_answers_a_question_in_words(anna: Person, corgi: bytes) -> None:
    _introduce_biscuit(anna, corgi)
    anna.says("What is Biscuit afraid of?")
    assert anna.hears("What is Biscuit afraid of?").method == "sendMessage"


def test_says_how_to_begin_when_nothing_is_remembered(anna: Person) -> None:
    anna.says("Who is Biscuit?")
    anna.hears("I do not remember anybody yet")


def test_forgets_and_takes_it_back(anna: Person, bert: Person, corgi: bytes) -> None:
    _introduce_biscuit(anna, corgi)
    anna.says("/forget biscuit")
    forgotten = anna.hears("I forgot Biscuit")
    anna.says("/list")
    anna.hears("I do not remember anybody yet")
    bert.taps(forgotten, "Undo")
    anna.says("/list")
    anna.hears("I do not remember anybody yet")
    anna.taps(forgotten, "Undo")
    restored = anna.hears("Biscuit is back")
    assert restored.fields["message_id"] == str(forgotten.result["message_id"])
    anna.says("/list")
    anna.hears("Biscuit")


def test_every_tap_is_answered(telegram: FakeTelegram, anna: Person, corgi: bytes) -> None:
    _introduce_biscuit(anna, corgi)
    anna.says("/forget Biscuit")
    forgotten = anna.hears("I forgot Biscuit")
    stranger = telegram.person(503, "Mallory")
    stranger.taps(forgotten, "Undo")
    anna.taps(forgotten, "Undo")
    notes = telegram.wait_for(
        lambda: (
            len(telegram.calls("answerCallbackQuery")) == 2
            and telegram.calls("answerCallbackQuery")
        ),
        "answers to two taps",
    )
    assert {note.text for note in notes} == {"", "That button no longer works."}


def test_a_taken_name_may_get_the_photo(anna: Person, corgi: bytes) -> None:
    _introduce_biscuit(anna, corgi)
    anna.sends(corgi, "/remember biscuit")
    asked = anna.hears("You already told me about Biscuit")
    anna.taps(asked, "Add the photo")
    anna.hears("Adding the photo to Biscuit")
    anna.hears("I added this")
    anna.says("/list")
    anna.hears("• Biscuit (2 photos)")


def test_a_dialogue_survives_a_restart(bot: Program, anna: Person, corgi: bytes) -> None:
    anna.says("/remember")
    anna.hears("Send me the photo")
    anna.sends(corgi)
    anna.hears("What is the name?")
    assert bot.stop() == 0
    bot.start()
    anna.says("Biscuit: our corgi")
    anna.hears("I will know Biscuit by this")


def test_shows_typing_while_a_worker_is_busy(
    telegram: FakeTelegram, worker: StandInWorker, anna: Person, corgi: bytes
) -> None:
    _introduce_biscuit(anna, corgi)
    worker.held.set()
    before = len(telegram.calls("sendChatAction"))
    anna.says("Where is Biscuit?")
    telegram.wait_for(lambda: len(telegram.calls("sendChatAction")) > before, "a sign of typing")
    worker.held.clear()
    anna.hears("Answer to 'Where is Biscuit?'")


def test_stops_cleanly_is_small_and_keeps_its_token_to_itself(
    bot: Program, anna: Person, corgi: bytes
) -> None:
    _introduce_biscuit(anna, corgi)
    assert psutil.Process(bot.pid).memory_info().rss < MEMORY_MB * 1024 * 1024
    assert bot.stop() == 0
    assert TOKEN not in bot.log
    assert "bot_stopped" in bot.log
    assert "corgi" not in bot.log
