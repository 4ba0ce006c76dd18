"""A request is repeated only where nothing can have been generated."""

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from rap_engine.errors import ServerAway, ServerRefused
from rap_engine.generate import Pair
from rap_engine.generate.openai_server import OpenAiGenerator, Patience
from tests.models.openai_server import ChatServer, Drips, Says, Sends, Silence
from tests.unit.generate.openai_server.asking import BISCUIT, Connect, picture, request

JOB_LIMIT_S = 300
FINE = Says.all("Fine.")


def _closed_port() -> str:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
    return f"http://127.0.0.1:{port}/v1"


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_a_server_that_cannot_now_is_asked_again(
    status: int, generator: OpenAiGenerator, server: ChatServer, pauses: list[float]
) -> None:
    server.answers(Sends.error(status, "busy"), FINE)
    assert generator.generate(request()).text == "Fine."
    assert pauses == [0.5]


def test_the_pause_is_the_one_that_the_server_asks_for(
    generator: OpenAiGenerator, server: ChatServer, pauses: list[float]
) -> None:
    busy = Sends(429, b"", {"Retry-After": "7"})
    server.answers(busy, Sends(503, b"", {"Retry-After": "0"}), FINE)
    generator.generate(request())
    assert pauses == [7.0, 0.0]


def test_the_pause_may_be_a_date(
    generator: OpenAiGenerator, server: ChatServer, pauses: list[float]
) -> None:
    past = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=10), usegmt=True)
    server.answers(*(Sends(503, b"", {"Retry-After": date}) for date in (past, soon)), FINE)
    generator.generate(request())
    assert pauses[0] == 0.0
    assert 5.0 < pauses[1] <= 10.0


def test_what_is_no_pause_counts_as_none(
    generator: OpenAiGenerator, server: ChatServer, pauses: list[float]
) -> None:
    server.answers(Sends(503, b"", {"Retry-After": "soon"}), FINE)
    generator.generate(request())
    assert pauses == [0.5]


def test_a_pause_that_is_too_long_is_not_waited(
    generator: OpenAiGenerator, server: ChatServer, pauses: list[float]
) -> None:
    server.answers(Sends(429, b"", {"Retry-After": "3600"}))
    with pytest.raises(ServerAway, match="429"):
        generator.generate(request())
    assert not pauses


def test_a_pause_beyond_the_time_for_the_answer_is_not_waited(
    connect: Connect, server: ChatServer, pauses: list[float]
) -> None:
    server.answers(Sends(429, b"", {"Retry-After": "15"}))
    with pytest.raises(ServerAway, match="429"):
        connect(answer_s=10.0).generate(request())
    assert not pauses


def test_it_is_given_up_after_two_repetitions(
    generator: OpenAiGenerator, server: ChatServer, pauses: list[float]
) -> None:
    server.answers(Sends.error(503, "overloaded"))
    with pytest.raises(ServerAway, match="overloaded"):
        generator.generate(request())
    assert len(server.calls) == 3
    assert pauses == [0.5, 1.0]


@pytest.mark.parametrize("status", [504, 524])
def test_a_gateway_that_gave_up_waiting_is_not_asked_again(
    status: int, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends.error(status, "upstream timed out"))
    with pytest.raises(ServerAway):
        generator.generate(request())
    assert len(server.calls) == 1


def test_a_server_that_says_not_to_is_not_asked_again(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends(500, b"{}", {"x-should-retry": "false"}))
    with pytest.raises(ServerAway):
        generator.generate(request())
    assert len(server.calls) == 1


def test_an_account_without_quota_is_not_asked_again(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends.error(429, "You exceeded your current quota", code="insufficient_quota"))
    with pytest.raises(ServerRefused, match="quota"):
        generator.generate(request())
    assert len(server.calls) == 1


def test_a_server_in_the_midst_of_an_answer_is_not_asked_again(
    connect: Connect, server: ChatServer, pauses: list[float]
) -> None:
    server.answers(Silence())
    with pytest.raises(ServerAway, match="in time"):
        connect(answer_s=0.3).generate(request())
    assert server.wait_until_asked()
    assert len(server.calls) == 1
    assert not pauses


def test_a_server_that_is_away_is_looked_for_again_and_then_named(
    connect: Connect, pauses: list[float]
) -> None:
    with pytest.raises(ServerAway, match="RAPBOT_OPENAI_BASE_URL"):
        connect(base_url=_closed_port()).generate(request())
    assert pauses == [0.5, 1.0]


DRIPS = (
    pytest.param(Drips(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n"), id="headers"),
    pytest.param(Drips.chunks(b" ", "application/json"), id="body"),
    pytest.param(Drips(b"HTTP/1.1 200 OK\r\n\r\n", b" "), id="body without an end"),
)
COMMENTS = Drips.chunks(b": still here\n\n", "text/event-stream")


@pytest.mark.parametrize("drips", DRIPS)
def test_an_answer_that_drips_is_given_up_in_time(
    drips: Drips, connect: Connect, server: ChatServer
) -> None:
    server.answers(drips)
    begin = time.monotonic()
    with pytest.raises(ServerAway, match="in time"):
        connect(answer_s=0.3).generate(request())
    assert time.monotonic() - begin < 2.0
    assert server.wait_until_left()


def test_a_stream_of_comments_is_given_up_in_time(connect: Connect, server: ChatServer) -> None:
    server.answers(COMMENTS)
    begin = time.monotonic()
    with pytest.raises(ServerAway, match="in time"):
        connect(answer_s=0.3).stream(request(), lambda _: None)
    assert time.monotonic() - begin < 2.0
    assert server.wait_until_left()


@pytest.mark.parametrize("drips", DRIPS)
def test_a_verification_that_drips_is_given_up_in_time(
    drips: Drips, connect: Connect, server: ChatServer
) -> None:
    server.answers(drips)
    begin = time.monotonic()
    with pytest.raises(ServerAway, match="in time"):
        connect(verify_s=0.3).same([Pair(picture("red"), BISCUIT)] * 6)
    assert time.monotonic() - begin < 2.0
    assert server.wait_until_left()


def test_after_a_pair_that_fails_the_others_are_not_waited_for(
    connect: Connect, server: ChatServer
) -> None:
    server.answers(Sends.error(400, "no"), Silence())
    begin = time.monotonic()
    with pytest.raises(ServerRefused):
        connect(verify_s=5.0).same([Pair(picture("red"), BISCUIT)] * 2)
    assert time.monotonic() - begin < 2.0


def test_all_the_waiting_ends_before_the_job() -> None:
    wait = Patience()
    slowest_stream = wait.answer_s + wait.silence_s
    assert wait.verify_s + slowest_stream < JOB_LIMIT_S
