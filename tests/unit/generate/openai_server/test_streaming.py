"""A streamed answer is the answer, in pieces."""

import pytest

from rap_engine.errors import ServerAway, ServerRefused
from rap_engine.generate.openai_server import OpenAiGenerator
from tests.models.openai_server import ChatServer, Says, Sends, Silence
from tests.unit.generate.openai_server.asking import Connect, in_words, request

ANSWERS = (
    Says.all("Biscuit sleeps."),
    Says(("\n ", " Bis", "cuit \n", "\n sleeps", ".", " \n", " ")),
    Says.all("Biscuit sleeps and", finish="length"),
    Says(("Ja, das ist ", "Bis", "cuit \U0001f415", "!")),
    Says.all("This is <Biscuit>, <b>not</b> <bisc <Rex>, 2 < 3 <biscuit>"),
    Says.all("He is older than <Bis"),
    Says.all("Hi\x00 there\ud83d, <Bis\x07cuit>.\r\n\tYes\x85"),
    Says(("Hi ", "\ud83d", "\udc15", "!")),
    Says(("word " * 300,) * 4),
    Says(("x" * 1_300,) * 4),
    Says(("word " * 300,) * 4, finish="length"),
)
UNREADABLE = (
    Says(("\u200b", "\ufeff", " ")),
    Says(("a \x00", "\x00" * 20_000, "b", "c")),
)


@pytest.mark.parametrize("answer", [*ANSWERS, *UNREADABLE])
def test_its_pieces_add_up_to_the_answer_that_comes_at_once(
    answer: Says, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(answer)
    pieces: list[str] = []
    streamed = generator.stream(request(), pieces.append)
    assert streamed == generator.generate(request())
    assert "".join(pieces) == streamed.text
    assert len(pieces) > 1 or answer in UNREADABLE
    assert [call.body["stream"] for call in server.calls] == [True, False]


def test_names_lose_the_brackets_that_rap_s_records_put_round_them(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says.all("<biscuit> and <Rex> sleep."))
    assert generator.generate(request()).text == "Biscuit and <Rex> sleep."


def test_an_answer_that_was_cut_off_shows_it(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says.all("Biscuit is", finish="length"))
    assert generator.generate(request()).text == "Biscuit is \u2026"


def test_it_ends_where_it_is_stopped(generator: OpenAiGenerator, server: ChatServer) -> None:
    server.answers(Says(("One. ", "Two. ", "Three. ")))
    pieces: list[str] = []
    answer = generator.stream(request(), pieces.append, stop=lambda: len(pieces) == 2)
    assert answer.text == "One. Two."
    assert "".join(pieces) == answer.text


def test_a_server_whose_answer_is_stopped_is_hung_up_on(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says(("word ",) * 100_000))
    generator.stream(request(), lambda _: None, stop=lambda: True)
    assert server.wait_until_left()


def test_an_answer_that_breaks_off_is_an_error_and_is_not_asked_for_again(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says(("One. ", "Two. "), drops_after=1))
    with pytest.raises(ServerAway, match="broke"):
        generator.stream(request(), lambda _: None)
    assert len(server.calls) == 1


def test_a_beginning_that_was_refused_for_now_is_repeated(
    generator: OpenAiGenerator, server: ChatServer, pauses: list[float]
) -> None:
    server.answers(Sends(503, b"", {"Retry-After": "3"}), Says.all("Fine."))
    assert generator.stream(request(), lambda _: None).text == "Fine."
    assert pauses == [3.0]


def test_a_server_that_begins_no_answer_is_away(
    connect: Connect, server: ChatServer, pauses: list[float]
) -> None:
    server.answers(Silence())
    with pytest.raises(ServerAway, match="in time"):
        connect(silence_s=0.2).stream(request(), lambda _: None)
    assert server.wait_until_asked()
    assert len(server.calls) == 1
    assert not pauses


def test_an_answer_that_never_ends_is_given_up(connect: Connect, server: ChatServer) -> None:
    server.answers(Says(("word ",) * 100_000))
    with pytest.raises(ServerAway, match="finish"):
        connect(answer_s=0.2).stream(request(), lambda _: None)


def test_an_error_in_the_midst_of_it_is_told(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    events = b'data: {"error": {"message": "CUDA error"}}\n\n'
    server.answers(Sends(200, events, content_type="text/event-stream"))
    with pytest.raises(ServerRefused, match="CUDA error"):
        generator.stream(request(), lambda _: None)


@pytest.mark.parametrize(
    "event",
    [
        b"data: {bad\n\n",
        b"data: " + b"[" * 100_000 + b"\n\n",
        b"data: \xff\n\n",
        b'data: "text"\n\n',
        b"<html></html>",
    ],
)
def test_what_is_no_stream_of_the_protocol_is_refused(
    event: bytes, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends(200, event, content_type="text/event-stream"))
    with pytest.raises(ServerRefused):
        generator.stream(request(), lambda _: None)


def test_what_needs_no_model_comes_in_one_piece(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    pieces: list[str] = []
    answer = generator.stream(in_words("hello"), pieces.append)
    assert pieces == [answer.text]
    assert not server.calls
