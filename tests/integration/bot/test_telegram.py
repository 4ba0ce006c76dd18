"""The courier, the files and the polling loop against a Bot API on loopback."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from bot.bridge import Bridge
from bot.client import Client, make_client
from bot.errors import PhotoUnavailable, PollingConflict, TryLater, Unclear, Undeliverable
from bot.intake.files import TelegramFiles
from bot.intake.polling import Polling
from bot.sender.parcels import Label, Parcel
from bot.sender.telegram_courier import TelegramCourier
from config import Settings
from rap_engine.memory import Database
from tests.telegram import DEADLINE_S, LIBRARY_WARNING, TOKEN, FakeTelegram, fake_telegram
from workers.jobs.values import Address

pytestmark = [pytest.mark.integration, LIBRARY_WARNING]

HERE = Address(1, "telegram", 41)


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
def courier(client: Client, bridge: Bridge) -> TelegramCourier:
    return TelegramCourier(client, bridge)


def test_brings_words_pictures_and_buttons(
    telegram: FakeTelegram, courier: TelegramCourier
) -> None:
    labels = (Label("Undo", "undo:1"), Label("Cancel", "cancel:1"))
    assert courier.deliver(HERE, Parcel("*plain* <b>text</b>", labels=labels)) is not None
    words = telegram.calls("sendMessage")[-1]
    assert words.text == "*plain* <b>text</b>"
    assert "parse_mode" not in words.fields
    assert words.buttons == {"Undo": "undo:1", "Cancel": "cancel:1"}
    courier.deliver(HERE, Parcel("a caption", photo=b"jpeg"))
    assert telegram.calls("sendPhoto")[-1].photo == b"jpeg"


def test_a_flood_limit_says_how_long_to_wait(
    telegram: FakeTelegram, courier: TelegramCourier
) -> None:
    telegram.mishap("sendMessage", "flood")
    with pytest.raises(TryLater) as caught:
        courier.deliver(HERE, Parcel("words"))
    assert caught.value.after_s == 1


def test_who_blocked_the_bot_is_left_alone(
    telegram: FakeTelegram, courier: TelegramCourier
) -> None:
    telegram.mishap("sendMessage", "blocked")
    with pytest.raises(Undeliverable):
        courier.deliver(HERE, Parcel("words"))


def test_a_new_message_whose_answer_got_lost_is_unclear(
    telegram: FakeTelegram, courier: TelegramCourier
) -> None:
    telegram.mishap("sendMessage", "cut")
    with pytest.raises(Unclear):
        courier.deliver(HERE, Parcel("words"))


def test_an_edit_whose_answer_got_lost_may_be_repeated(
    telegram: FakeTelegram, courier: TelegramCourier
) -> None:
    telegram.mishap("editMessageText", "cut")
    with pytest.raises(TryLater):
        courier.deliver(HERE, Parcel("words", edit_message_id=3))


def test_an_unreachable_telegram_means_later(bridge: Bridge) -> None:
    nowhere = _client("http://127.0.0.1:9/bot", "http://127.0.0.1:9/file/bot")
    with pytest.raises(TryLater):
        TelegramCourier(nowhere, bridge).deliver(HERE, Parcel("words"))


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
