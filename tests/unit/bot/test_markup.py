"""What people and models wrote reaches Telegram as text alone, whatever it looks like."""

import asyncio
import json
import threading
from collections.abc import Iterator

import pytest

from bot.bridge import Bridge
from bot.client import make_client
from bot.handlers import buttons
from bot.sender.parcels import first_parcel
from bot.sender.telegram_courier import TelegramCourier
from bot.texts import catalogue_for
from config import Settings
from rap_engine.concept_text import as_title, clean_info
from tests.telegram import DEADLINE_S, LIBRARY_WARNING, TOKEN, Call, FakeTelegram, fake_telegram
from tests.unit.injection.hostile import ALL_AT_ONCE
from workers.jobs.outbox import Outgoing
from workers.jobs.values import Content, Place

pytestmark = LIBRARY_WARNING

# Half a character cannot be stored, and so never comes out of the outbox.
EVIL = ALL_AT_ONCE.encode("utf-8", "ignore").decode()
CHAT = Place("telegram", 41, 40)
BUTTON = buttons.button(buttons.UNDO, 7)
PREVIEWS_OFF = {"is_disabled": True}


@pytest.fixture(scope="module")
def telegram() -> Iterator[FakeTelegram]:
    with fake_telegram() as telegram:
        yield telegram


@pytest.fixture
def courier(telegram: FakeTelegram) -> Iterator[TelegramCourier]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    bridge = Bridge(loop)
    client = make_client(
        Settings(
            _env_file=None,
            telegram_token=TOKEN,
            telegram_base_url=telegram.base_url,
            telegram_base_file_url=telegram.base_file_url,
        )
    )
    bridge.call(client.initialize(), DEADLINE_S)
    yield TelegramCourier(client, bridge)
    bridge.call(client.shutdown(), DEADLINE_S)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _sent(
    telegram: FakeTelegram,
    courier: TelegramCourier,
    method: str,
    content: Content,
    photo: bytes | None = None,
) -> Call:
    """Deliver the first message of a reply and return the call that did it."""
    outgoing = Outgoing(1, 1, CHAT, content.to_json(), photo, attempts=0, age_s=0.0)
    parcel, _ = first_parcel(outgoing, catalogue_for())
    courier.deliver(CHAT, parcel)
    return telegram.calls(method)[-1]


def _fields(call: Call) -> dict[str, object]:
    """Return what a call says beside its words, keyboards and the like decoded."""
    coded = {"reply_markup", "reply_parameters", "link_preview_options"}
    return {
        name: json.loads(str(value)) if name in coded else value
        for name, value in call.fields.items()
        if name not in ("text", "caption")
    }


QUOTING = {
    "chat_id": "41",
    "reply_parameters": {"message_id": 40, "allow_sending_without_reply": True},
}
KEYBOARD = {"inline_keyboard": [[{"text": "Undo", "callback_data": "undo:7"}]]}


def test_a_message_of_hostile_words_is_plain_text(
    telegram: FakeTelegram, courier: TelegramCourier
) -> None:
    call = _sent(telegram, courier, "sendMessage", Content(text=EVIL, buttons=(BUTTON,)))
    assert call.text == EVIL
    assert _fields(call) == {
        **QUOTING,
        "link_preview_options": PREVIEWS_OFF,
        "reply_markup": KEYBOARD,
    }


def test_a_sentence_around_hostile_words_is_plain_text(
    telegram: FakeTelegram, courier: TelegramCourier
) -> None:
    call = _sent(
        telegram, courier, "sendMessage", Content(notice="forgotten", params={"name": EVIL})
    )
    assert call.text == f"I forgot {EVIL}."
    assert _fields(call) == {**QUOTING, "link_preview_options": PREVIEWS_OFF}


def test_a_caption_of_hostile_words_is_plain_text(
    telegram: FakeTelegram, courier: TelegramCourier
) -> None:
    evil = EVIL[:900]
    call = _sent(telegram, courier, "sendPhoto", Content(text=evil), photo=b"jpeg")
    assert call.text == evil
    assert {name: value for name, value in _fields(call).items() if name != "photo"} == QUOTING


def test_an_edit_with_hostile_words_is_plain_text(
    telegram: FakeTelegram, courier: TelegramCourier
) -> None:
    call = _sent(telegram, courier, "editMessageText", Content(text=EVIL, edit_message_id=40))
    assert call.text == EVIL
    assert _fields(call) == {
        "chat_id": "41",
        "message_id": "40",
        "link_preview_options": PREVIEWS_OFF,
    }


def test_a_note_on_a_tap_is_plain_text(telegram: FakeTelegram, courier: TelegramCourier) -> None:
    note = "<b>bold</b> tg://resolve /forget"
    call = _sent(telegram, courier, "answerCallbackQuery", Content(text=note, callback_id="tap-1"))
    assert _fields(call) == {"callback_query_id": "tap-1"}
    assert call.text == note


@pytest.mark.parametrize("code", ["forgotten", "ask_photo", "view_added"])
def test_a_title_or_an_info_cannot_turn_the_sentence_that_it_stands_in(code: str) -> None:
    turning = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\n\x1b")
    for shown in (as_title(f"\u202e{EVIL}"), clean_info(f"\u2067\n{EVIL[:900]}")):
        assert shown
        assert not turning & set(catalogue_for().say(code, name=shown))


@pytest.mark.parametrize(
    "name", ["{0.__class__}", "{name.__init__}", "{{", "}", "%s", "{name!r:>99}"]
)
def test_a_name_is_never_read_as_a_template(name: str) -> None:
    assert catalogue_for().say("forgotten", name=name) == f"I forgot {name}."
    assert name in catalogue_for().say("unknown_concept_near", name=name, near=name)
