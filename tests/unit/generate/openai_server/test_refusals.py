"""Whoever runs the bot reads what to change, and nobody reads the key."""

import logging
import traceback

import pytest

from rap_engine.errors import ServerAway, ServerError, ServerRefused
from rap_engine.generate.openai_server import OpenAiGenerator
from tests.models.openai_server import KEY, ChatServer, Says, Sends, Silence
from tests.unit.generate.openai_server.asking import Connect, request

NO_IMAGES = (
    Sends.error(400, "facebook/opt-125m is not a multimodal model None"),
    Sends(400, {"object": "error", "message": "At most 0 image(s) may be provided in one prompt."}),
    Sends.error(
        500,
        "image input is not supported - hint: if this is unexpected,"
        " you may need to provide the mmproj",
    ),
    Sends.error(500, 'Failed to parse messages: Unsupported content part type: "image_url"'),
    Sends.error(400, "Invalid content type. image_url is only supported by certain models."),
    Sends.error(404, "No endpoints found that support image input"),
    Sends.error(422, "messages[1]: unknown variant `image_url`, expected `text`"),
    Sends(400, {"error": "this model does not support image input"}),
    Sends.error(400, "Unsupported content part type for text-only server: image_url"),
)


@pytest.mark.parametrize("refusal", NO_IMAGES)
def test_a_model_that_takes_no_images_is_named_at_once(
    refusal: Sends, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(refusal)
    with pytest.raises(ServerRefused, match="'vision' takes no images"):
        generator.generate(request())
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "said",
    [
        "At most 4 image(s) may be provided in one prompt.",
        "Image count 9 exceeds limit 4 per request",
    ],
)
def test_a_server_that_takes_fewer_images_says_how_many(
    said: str, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends.error(400, said))
    with pytest.raises(ServerRefused, match="at most 4 images"):
        generator.generate(request())


def test_any_other_refusal_is_told_in_the_words_of_the_server(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends.error(400, "This model's maximum context length is 4096 tokens."))
    with pytest.raises(ServerRefused, match=r"\(400\): This model's maximum context length"):
        generator.generate(request())
    assert len(server.calls) == 1


def test_a_refusal_that_repeats_the_photo_is_told_without_it(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    picture = "data:image/jpeg;base64," + "QUJD" * 500
    server.answers(Sends.error(400, f"Cannot read {picture} in messages. " + "word " * 500))
    with pytest.raises(ServerRefused) as caught:
        generator.generate(request())
    assert "base64" not in str(caught.value)
    assert "in messages" in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("words_before", range(150, 200, 7))
def test_a_key_across_the_cut_leaves_nothing_of_it(
    words_before: int, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends.error(400, f"{'x' * words_before} {KEY} and more " + "y" * 100))
    with pytest.raises(ServerRefused) as caught:
        generator.generate(request())
    assert KEY[:4] not in str(caught.value)


def test_a_wrong_key_names_its_setting(connect: Connect) -> None:
    with pytest.raises(ServerRefused, match="RAPBOT_OPENAI_API_KEY"):
        connect(key="sk-wrong").generate(request())


def test_a_missing_key_is_not_replaced_by_another_service_s(
    connect: Connect, server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(ServerRefused, match="RAPBOT_OPENAI_API_KEY"):
        connect(key=None).generate(request())


def test_an_unknown_model_is_named(connect: Connect) -> None:
    with pytest.raises(ServerRefused, match=r"knows no model 'blind'.*does not exist"):
        connect(model="blind").generate(request())


def test_a_wrong_path_names_the_setting(connect: Connect, server: ChatServer) -> None:
    root = server.base_url.removesuffix("/v1")
    with pytest.raises(ServerRefused, match="RAPBOT_OPENAI_BASE_URL usually ends in /v1"):
        connect(base_url=root).generate(request())


def test_photos_do_not_follow_a_redirect(generator: OpenAiGenerator, server: ChatServer) -> None:
    elsewhere = {"Location": f"{server.base_url}/chat/completions"}
    server.answers(Sends(307, b"", elsewhere), Says.all("Fine."))
    with pytest.raises(ServerRefused, match="elsewhere"):
        generator.generate(request())
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>It works!</html>",
        b'{"choices":',
        b"null",
        b"[1]",
        b'{"choices": [{"message": {"content": "a\xff\xfe"}}]}',
        b"[" * 100_000,
        b"{}",
        b'{"choices": 3}',
        b'{"choices": []}',
        b'{"choices": [{}]}',
        b'{"choices": [{"message": {"content": null}}]}',
        b'{"choices": [{"message": {"content": "  "}, "finish_reason": "tool_calls"}]}',
        b'{"choices": [{"message": {"content": ["?"]}}]}',
    ],
)
@pytest.mark.parametrize("content_type", ["application/json", "text/html"])
def test_an_answer_that_is_none_is_refused(
    body: bytes, content_type: str, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends(200, body, content_type=content_type))
    with pytest.raises(ServerRefused, match="answer is"):
        generator.generate(request())


@pytest.mark.parametrize(
    "pieces", [(), ("",), (" \n", " "), ("\u200b", "\ufeff"), ("\x00", " \ud83d")]
)
def test_a_model_that_ends_before_its_first_word_has_no_answer(
    pieces: tuple[str, ...], generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says(pieces))
    answer = generator.generate(request())
    assert answer.text == "I have no answer to that. Please ask in other words."
    streamed: list[str] = []
    assert generator.stream(request(), streamed.append) == answer
    assert "".join(streamed) == answer.text


def test_what_a_filter_withheld_is_not_given_out(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says.all("Half an", finish="content_filter"))
    with pytest.raises(ServerRefused, match="filter"):
        generator.generate(request())


def test_a_model_that_thought_for_too_long_is_told_from_one_that_says_nothing(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Says((), finish="length"))
    with pytest.raises(ServerRefused, match="spent all its tokens"):
        generator.generate(request())


def test_a_refusal_of_the_model_itself_is_an_answer(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    body = b'{"choices": [{"message": {"content": null, "refusal": "I cannot say who that is."}}]}'
    server.answers(Sends(200, body))
    assert generator.generate(request()).text == "I cannot say who that is."


@pytest.mark.parametrize(
    ("parameter", "complaint"),
    [
        ("max_tokens", "Unsupported parameter: use 'max_completion_tokens' instead."),
        ("temperature", "'temperature' does not support 0.0 with this model."),
    ],
)
def test_a_parameter_that_the_model_does_not_know_is_left_out_from_then_on(
    parameter: str, complaint: str, generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends.error(400, complaint, param=parameter), Says.all("Fine."))
    assert generator.generate(request()).text == "Fine."
    assert generator.generate(request()).text == "Fine."
    assert [parameter in call.body for call in server.calls] == [True, False, False]
    limits = ("max_tokens", "max_completion_tokens")
    assert [sum(call.body.get(name, 0) for name in limits) for call in server.calls] == [100] * 3


def test_a_parameter_that_is_refused_again_is_no_endless_loop(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends.error(400, "max_tokens and max_completion_tokens are too large"))
    with pytest.raises(ServerRefused, match="too large"):
        generator.generate(request())
    assert len(server.calls) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Says.all("Fine."),
        Sends.error(400, f"Bad header: Bearer {KEY}"),
        Sends.error(401, f"Incorrect API key provided: {KEY}"),
        Sends.error(404, f"No model for {KEY}"),
        Sends.error(503, f"No room for {KEY}"),
        Sends(200, f'{{"choices": "{KEY}"}}'.encode()),
        Silence(),
    ],
)
def test_the_key_is_in_no_log_no_error_and_no_repr(
    answer: Says | Sends | Silence,
    connect: Connect,
    server: ChatServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers(answer)
    generator = connect(answer_s=0.5 if isinstance(answer, Silence) else 10.0)
    told = ""
    try:
        generator.generate(request())
    except ServerError as error:
        told = "".join(traceback.format_exception(error, chain=True))
        told += repr(error)
    assert server.wait_until_asked()
    everything = told + caplog.text + repr(vars(generator)) + repr(generator)
    assert server.last.headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in everything
    assert "base64" not in everything


def test_a_connection_that_breaks_is_the_servers_fault(
    generator: OpenAiGenerator, server: ChatServer
) -> None:
    server.answers(Sends(200, b"", {"Content-Encoding": "gzip", "Content-Length": "3"}))
    with pytest.raises(ServerAway):
        generator.generate(request())
