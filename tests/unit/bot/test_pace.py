"""The limits of a chat, of a group and of all: who has to wait is told so, and others go on."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.patience import retry_after_s
from bot.sender.pace import Pace, Paced

ANNA, BERT, GROUP = 41, 42, -100


@dataclass
class Wire:
    """A limiter with a clock that a test moves, and what went through it."""

    now: float = 0.0
    sent: list[tuple[str, int]] = field(default_factory=list)
    flood_s: int | None = None

    def __post_init__(self) -> None:
        self.pace = Pace(clock=lambda: self.now)

    def call(self, chat_id: int, endpoint: str = "sendMessage") -> None:
        async def callback() -> bool:
            if self.flood_s is not None:
                raise RetryAfter(self.flood_s)
            self.sent.append((endpoint, chat_id))
            return True

        data = {"chat_id": chat_id}
        asyncio.run(self.pace.process_request(callback, (), {}, endpoint, data, None))

    def wait_s(self, chat_id: int, endpoint: str = "sendMessage") -> float:
        """Call, and return how long to wait; 0 if it went through."""
        try:
            self.call(chat_id, endpoint)
        except RetryAfter as error:
            return retry_after_s(error)
        return 0.0


@pytest.fixture(autouse=True)
def _the_coming_meaning_of_retry_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_a_chat_gets_a_short_burst_and_then_one_message_a_second(wire: Wire) -> None:
    waits = []
    for second in range(30):
        wire.now = float(second)
        waits.append(wire.wait_s(ANNA))
    assert not any(waits)
    wire.now = 100.0
    assert [wire.wait_s(BERT) for _ in range(4)] == [0, 0, 0, 3]


def test_a_chat_that_waits_holds_up_no_other(wire: Wire) -> None:
    while wire.wait_s(ANNA) == 0:
        pass
    wire.sent.clear()
    assert wire.wait_s(BERT) == 0
    assert wire.sent == [("sendMessage", BERT)]


def test_no_minute_of_a_group_has_more_than_twenty_messages(wire: Wire) -> None:
    times = []
    for tenth in range(1500):
        wire.now = tenth / 10
        if wire.wait_s(GROUP) == 0:
            times.append(wire.now)
    assert len(times) >= 40
    for start in times:
        assert sum(start <= moment < start + 60 for moment in times) <= 20


def test_the_wait_that_is_told_is_enough_and_no_more(wire: Wire) -> None:
    while (wait := wire.wait_s(GROUP)) == 0:
        wire.now += 1
    wire.now += wait - 0.01
    assert wire.wait_s(GROUP) > 0
    wire.now += 0.02
    assert wire.wait_s(GROUP) == 0


@pytest.mark.parametrize("endpoint", ["sendChatAction", "answerCallbackQuery", "getChatMember"])
def test_what_is_no_message_takes_no_message_s_place(wire: Wire, endpoint: str) -> None:
    for _ in range(50):
        wire.call(ANNA, endpoint)
    assert wire.wait_s(ANNA) == 0


def test_a_throttled_chat_is_left_alone_for_as_long_as_telegram_said(wire: Wire) -> None:
    wire.flood_s = 30
    assert wire.wait_s(ANNA) == 30
    wire.flood_s = None
    wire.now = 29.0
    for endpoint in ("sendMessage", "sendChatAction"):
        with pytest.raises(Paced) as held:
            wire.call(ANNA, endpoint)
        assert retry_after_s(held.value) == 1
    assert wire.wait_s(BERT) == 0
    wire.now = 30.0
    assert wire.wait_s(ANNA) == 0


def test_a_sign_that_telegram_throttles_holds_up_no_message(wire: Wire) -> None:
    wire.flood_s = 30
    assert wire.wait_s(ANNA, "sendChatAction") == 30
    wire.flood_s = None
    assert wire.wait_s(ANNA) == 0


def test_all_chats_together_get_thirty_messages_a_second(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(seconds: float) -> None:
        wire.now += seconds

    monkeypatch.setattr("bot.sender.pace.asyncio.sleep", sleep)
    times = []
    for chat_id in range(1, 100):
        wire.call(chat_id)
        times.append(wire.now)
    assert all(later - earlier >= 1 for earlier, later in zip(times, times[30:], strict=False))
    assert wire.now == pytest.approx(3.0, abs=0.01)


def test_chats_that_are_quiet_again_are_forgotten(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.pace._MOST_CHATS", 10)
    for chat_id in range(1, 200):
        wire.now += 10
        wire.call(chat_id)
    assert len(wire.pace._chats) <= 10


def test_a_call_without_a_chat_is_not_limited(wire: Wire) -> None:
    async def callback() -> bool:
        return True

    async def calls() -> list[Any]:
        return [
            await wire.pace.process_request(callback, (), {}, "getMe", {}, None) for _ in range(99)
        ]

    assert asyncio.run(calls()) == [True] * 99
