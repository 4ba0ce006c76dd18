"""The courier, the files and the polling loop against a Bot API on loopback."""

import asyncio
import itertools
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from bot.bridge import Bridge
from bot.client import Client, make_client
from bot.errors import (
    ChatMoved,
    NotNow,
    PhotoUnavailable,
    PollingConflict,
    TryLater,
    Unclear,
    Undeliverable,
    Unreachable,
)
from bot.intake.files import TelegramFiles
from bot.intake.polling import Polling
from bot.sender.parcels import Label, Parcel
from bot.sender.telegram_courier import TelegramCourier
from config import Settings
from rap_engine.memory import Database
from tests.telegram import DEADLINE_S, LIBRARY_WARNING, TOKEN, Call, FakeTelegram, fake_telegram
from workers.jobs.values import Place

pytestmark = [pytest.mark.integration, LIBRARY_WARNING]

_chats = itertools.count(41)


@pytest.fixture(scope="module")
def telegram() -> Iterator[FakeTelegram]:
    with fake_telegram() as telegram:
        yield telegram


@pytest.fixture(scope="module")
def bridge() -> Iterator[Bridge]:
    """The event loop of a bot, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield Bridge(loop)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _client(base_url: str, base_file_url: str) -> Client:
    return make_client(
        Settings(
            _env_file=None,
            telegram_token=TOKEN,
            telegram_base_url=base_url,
            telegram_base_file_url=base_file_url,
        )
    )


@pytest.fixture(scope="module")
def client(telegram: FakeTelegram, bridge: Bridge) -> Iterator[Client]:
    client = _client(telegram.base_url, telegram.base_file_url)
    bridge.call(client.initialize(), DEADLINE_S)
    yield client
    bridge.call(client.shutdown(), DEADLINE_S)


@pytest.fixture
def here() -> Place:
    """A chat of each test's own: a chat gets only so many messages a second."""
    return Place("telegram", next(_chats))


@pytest.fixture
def courier(client: Client, bridge: Bridge) -> TelegramCourier:
    return TelegramCourier(client, bridge)


def test_brings_words_pictures_and_buttons(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    labels = (Label("Undo", "undo:1"), Label("Cancel", "cancel:1"))
    assert courier.deliver(here, Parcel("*plain* <b>text</b>", labels=labels)) is not None
    words = telegram.calls("sendMessage")[-1]
    assert words.text == "*plain* <b>text</b>"
    assert "parse_mode" not in words.fields
    assert words.buttons == {"Undo": "undo:1", "Cancel": "cancel:1"}
    courier.deliver(here, Parcel("a caption", photo=b"jpeg"))
    assert telegram.calls("sendPhoto")[-1].photo == b"jpeg"


@pytest.mark.parametrize(
    ("parcel", "method"),
    [
        (Parcel("*b* _i_ <b>b</b> [l](https://example.org) `c` @somebody"), "sendMessage"),
        (Parcel("*b* <i>i</i> https://example.org", edit_message_id=3), "editMessageText"),
        (Parcel("*b* <i>i</i>", photo=b"jpeg"), "sendPhoto"),
        (Parcel("*b* <i>i</i>", photo=b"zip", file_name="a.zip"), "sendDocument"),
    ],
)
def test_telegram_is_asked_to_interpret_nothing(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place, parcel: Parcel, method: str
) -> None:
    courier.deliver(here, parcel)
    fields = telegram.asked(method)[-1]
    assert parcel.text in {fields.get("text"), fields.get("caption")}
    assert not {"parse_mode", "entities", "caption_entities", "protect_content"} & set(fields)
    if "text" in fields:
        assert _json(fields["link_preview_options"]) == {"is_disabled": True}


def test_brings_a_file_under_its_name(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    courier.deliver(here, Parcel("all of yours", photo=b"zip", file_name="rapbot.zip"))
    sent = telegram.calls("sendDocument")[-1]
    assert (sent.text, sent.photo) == ("all of yours", b"zip")
    assert sent.file_name == "rapbot.zip"


def test_a_flood_limit_says_how_long_to_wait(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    telegram.refuse("sendMessage", "Too Many Requests: retry after 40", 429, retry_after=40)
    with pytest.raises(TryLater) as caught:
        courier.deliver(here, Parcel("words"))
    assert caught.value.after_s == 40


def test_a_throttled_chat_is_not_asked_again_and_others_are_served(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    telegram.refuse("sendMessage", "Too Many Requests: retry after 40", 429, retry_after=40)
    with pytest.raises(TryLater):
        courier.deliver(here, Parcel("words"))
    asked = len(telegram.asked("sendMessage"))
    with pytest.raises(TryLater) as caught:
        courier.deliver(here, Parcel("words"))
    assert caught.value.after_s is not None
    assert 0 < caught.value.after_s <= 40
    assert len(telegram.asked("sendMessage")) == asked
    assert courier.deliver(Place("telegram", next(_chats)), Parcel("words")) is not None


def test_a_chat_that_gets_too_much_has_to_wait_before_telegram_says_so(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    with pytest.raises(TryLater) as caught:
        for _ in range(10):
            courier.deliver(here, Parcel("words"))
    assert caught.value.after_s is not None
    assert 0 < caught.value.after_s <= 3
    assert 3 <= len([call for call in telegram.calls("sendMessage") if _is_to(call, here)]) < 10


@pytest.mark.parametrize(
    ("description", "status"),
    [
        ("Forbidden: bot was blocked by the user", 403),
        ("Forbidden: user is deactivated", 403),
        ("Forbidden: bot was kicked from the group chat", 403),
        ("Bad Request: chat not found", 400),
        ("Bad Request: not enough rights to send text messages to the chat", 400),
    ],
)
def test_who_cannot_be_reached_is_left_alone(
    telegram: FakeTelegram,
    courier: TelegramCourier,
    here: Place,
    description: str,
    status: int,
) -> None:
    telegram.refuse("sendMessage", description, status)
    with pytest.raises(Undeliverable, match="(?i)" + description.partition(": ")[2]):
        courier.deliver(here, Parcel("words"))


def test_a_group_that_became_a_supergroup_has_another_id(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    telegram.refuse(
        "sendMessage",
        "Bad Request: group chat was upgraded to a supergroup chat",
        migrate_to_chat_id=-1001,
    )
    with pytest.raises(ChatMoved) as caught:
        courier.deliver(here, Parcel("words"))
    assert caught.value.chat_id == -1001


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: message is not modified: specified new message content and reply markup are"
        " exactly the same",
        "Bad Request: message to edit not found",
        "Bad Request: message can't be edited",
    ],
)
def test_an_edit_that_comes_too_late_is_done_with(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place, description: str
) -> None:
    telegram.refuse("editMessageText", description)
    assert courier.deliver(here, Parcel("words", edit_message_id=3)) == 3


def test_the_answer_to_an_old_tap_is_done_with_and_its_edit_is_made(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    telegram.refuse("answerCallbackQuery", old)
    assert courier.deliver(here, Parcel("words", callback_id="tap")) is None
    telegram.refuse("answerCallbackQuery", old)
    assert courier.deliver(here, Parcel("new words", callback_id="tap", edit_message_id=3)) == 3
    assert telegram.calls("editMessageText")[-1].text == "new words"


def test_a_token_that_is_refused_meanwhile_is_not_shown(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    telegram.refuse("sendMessage", "Unauthorized", 401)
    with pytest.raises(Unreachable) as caught:
        courier.deliver(here, Parcel("words"))
    assert TOKEN not in f"{caught.value}"


def test_typing_takes_no_message_s_place(
    telegram: FakeTelegram, client: Client, bridge: Bridge, courier: TelegramCourier, here: Place
) -> None:
    for _ in range(10):
        bridge.call(client.send_chat_action(here.chat_id, "typing"), DEADLINE_S)
    assert courier.deliver(here, Parcel("words")) is not None


def test_a_new_message_whose_answer_got_lost_is_unclear(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    telegram.mishap("sendMessage", "cut")
    with pytest.raises(Unclear):
        courier.deliver(here, Parcel("words"))


def test_an_edit_whose_answer_got_lost_may_be_repeated(
    telegram: FakeTelegram, courier: TelegramCourier, here: Place
) -> None:
    telegram.mishap("editMessageText", "cut")
    with pytest.raises(TryLater):
        courier.deliver(here, Parcel("words", edit_message_id=3))


def test_an_unreachable_telegram_means_later(bridge: Bridge, here: Place) -> None:
    nowhere = _client("http://127.0.0.1:9/bot", "http://127.0.0.1:9/file/bot")
    with pytest.raises(Unreachable):
        TelegramCourier(nowhere, bridge).deliver(here, Parcel("words"))


def test_fetches_files(telegram: FakeTelegram, client: Client, bridge: Bridge) -> None:
    files = TelegramFiles(client, bridge)
    assert files.download(telegram.add_file(b"content")) == b"content"
    with pytest.raises(PhotoUnavailable):
        files.download("no-such-file")


def test_a_second_receiver_ends_with_a_sentence(
    telegram: FakeTelegram,
    client: Client,
    bridge: Bridge,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.intake.polling.backoff_s", lambda _: 0)
    for _ in range(20):
        telegram.mishap("getUpdates", "conflict")
    with pytest.raises(PollingConflict, match="Another program"):
        bridge.call(Polling(client, database).run(), DEADLINE_S)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _is_to(call: Call, place: Place) -> bool:
    return str(call.fields["chat_id"]) == str(place.chat_id)


def test_a_file_that_nobody_can_be_asked_for_now_is_fetched_later(
    telegram: FakeTelegram, client: Client, bridge: Bridge
) -> None:
    nowhere = _client("http://127.0.0.1:9/bot", "http://127.0.0.1:9/file/bot")
    with pytest.raises(NotNow) as away:
        TelegramFiles(nowhere, bridge).download("file-1")
    assert away.value.after_s is None
    telegram.refuse("getFile", "Too Many Requests: retry after 40", 429, retry_after=40)
    with pytest.raises(NotNow) as flooded:
        TelegramFiles(client, bridge).download(telegram.add_file(b"content"))
    assert flooded.value.after_s == 40.0
