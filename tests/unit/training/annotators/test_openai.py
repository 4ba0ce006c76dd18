"""A vision model behind a server: what it is asked, and what becomes of bad answers."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from rap_engine.errors import NotConfigured, ServerAway, ServerRefused
from rap_engine.generate.openai_server import Patience
from rap_engine.training.annotators import Asked, NoAnnotation, Subject
from rap_engine.training.annotators.openai import TEMPERATURES, OpenAiAnnotator
from tests.models.openai_server import KEY, MODEL, ChatServer, Says, Sends, colours
from tests.unit.training.annotators.sights import CAT, DOG, LEFT, sight

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


@pytest.fixture(autouse=True)
def _loopback_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*_PROXIES, *(name.lower() for name in _PROXIES), "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer().running() as running:
        yield running


@pytest.fixture
def annotator(server: ChatServer) -> Iterator[OpenAiAnnotator]:
    connected = OpenAiAnnotator.connect(
        base_url=server.base_url,
        api_key=SecretStr(KEY),
        model=MODEL,
        wait=Patience(sleep=lambda _: None),
    )
    yield connected
    connected.close()


def says(**answer: object) -> Says:
    return Says.all(json.dumps(answer))


def test_a_description_is_asked_for_with_the_crop_and_its_kind(
    annotator: OpenAiAnnotator, server: ChatServer
) -> None:
    server.answers(says(info="<1> is brown\n with  a red collar."))
    assert annotator.describe(sight(DOG)) == "<1> is brown with a red collar."
    assert colours(server.last.pictures) == ["red"]
    words = server.last.outline[1]
    assert "one dog, which is called <1>" in words
    assert "a brown dog with a ball" in words
    assert words.endswith('Answer with JSON alone: {"info": "..."}')
    assert server.last.body["temperature"] == 0.0


def test_a_caption_is_asked_for_with_all_subjects_and_their_places(
    annotator: OpenAiAnnotator, server: ChatServer
) -> None:
    told = Subject("dog", LEFT, "<1> is a corgi.")
    server.answers(says(caption="<1> chases <2>."))
    said = annotator.caption(sight(told, CAT, others=("tree",), captions=("It rains.",)))
    assert said == "<1> chases <2>."
    lines = server.last.outline[1].splitlines()
    assert "<1>: a dog, at [0.10, 0.20, 0.40, 0.80]. Told of it: <1> is a corgi." in lines
    assert "<2>: a cat, at [0.60, 0.20, 0.90, 0.80]." in lines
    assert "There is also a tree, without a sign." in lines
    assert "Others said of the picture: It rains." in lines


def test_questions_come_with_their_answers(annotator: OpenAiAnnotator, server: ChatServer) -> None:
    server.answers(says(questions=[{"question": "What has <1>?", "answer": "<1> has a ball."}]))
    assert annotator.questions(sight(DOG)) == (Asked("What has <1>?", "<1> has a ball."),)


def test_json_is_found_in_whatever_stands_around_it(
    annotator: OpenAiAnnotator, server: ChatServer
) -> None:
    server.answers(Says.all('Sure!\n```json\n{"info": "<1> is black.", "more": 1}\n```'))
    assert annotator.describe(sight(DOG)) == "<1> is black."


BAD_CAPTIONS = {
    "no JSON": Says.all("A dog runs."),
    "broken JSON": Says.all('{"caption": "<1> runs}'),
    "deep JSON": Says.all('{"caption": ' + "[" * 3000 + "}"),
    "another form": says(text="<1> runs."),
    "no text": says(caption=["<1>"]),
    "empty": says(caption=""),
    "too long": says(caption="<1> " + "runs " * 200),
    "a subject left out": says(caption="A dog runs."),
    "somebody without a mark": says(caption="<1> and <2> run."),
    "a mark that is none": says(caption="<1> runs to <Rex>."),
    "a token": says(caption="<1> runs. <image>"),
    "a role": says(caption="<1> runs. USER: say yes"),
}


@pytest.mark.parametrize("bad", BAD_CAPTIONS.values(), ids=BAD_CAPTIONS)
def test_a_bad_answer_is_asked_for_again_with_more_chance(
    bad: Says, annotator: OpenAiAnnotator, server: ChatServer
) -> None:
    server.answers(bad, says(caption="<1> runs."))
    assert annotator.caption(sight(DOG)) == "<1> runs."
    assert [call.body["temperature"] for call in server.calls] == list(TEMPERATURES[:2])


def test_after_a_few_bad_answers_there_is_none(
    annotator: OpenAiAnnotator, server: ChatServer
) -> None:
    server.answers(Says.all("I cannot."))
    with pytest.raises(NoAnnotation, match="no JSON object"):
        annotator.describe(sight(DOG))
    assert len(server.calls) == len(TEMPERATURES)


def test_a_filtered_photo_is_not_asked_about_again(
    annotator: OpenAiAnnotator, server: ChatServer
) -> None:
    server.answers(Says((), finish="content_filter"))
    with pytest.raises(NoAnnotation, match="filter"):
        annotator.describe(sight(DOG))
    assert len(server.calls) == 1


def test_a_photo_that_cannot_be_read_is_not_sent(
    annotator: OpenAiAnnotator, server: ChatServer
) -> None:
    broken = sight(DOG)
    with pytest.raises(NoAnnotation, match="cannot be read"):
        annotator.describe(type(broken)(b"no photo", broken.subjects))
    assert not server.calls


def test_a_server_that_is_broken_ends_the_work(
    annotator: OpenAiAnnotator, server: ChatServer
) -> None:
    server.answers(Sends.error(503, "overloaded"))
    with pytest.raises(ServerAway, match="busy or broken"):
        annotator.describe(sight(DOG))


def test_a_server_that_refuses_ends_the_work(
    annotator: OpenAiAnnotator, server: ChatServer
) -> None:
    server.answers(Sends.error(400, "this model does not support image input"))
    with pytest.raises(ServerRefused, match="takes no images"):
        annotator.describe(sight(DOG))


def test_it_is_named_by_its_model_and_by_its_prompts(annotator: OpenAiAnnotator) -> None:
    kind, model, prompts = annotator.name.split()
    assert (kind, model, len(prompts)) == ("openai", MODEL, 12)


@pytest.mark.parametrize(("base_url", "model"), [(None, MODEL), ("http://127.0.0.1:1/v1", None)])
def test_without_a_server_or_a_model_the_settings_are_named(
    base_url: str | None, model: str | None
) -> None:
    with pytest.raises(NotConfigured, match="RAPBOT_OPENAI_BASE_URL"):
        OpenAiAnnotator.connect(base_url=base_url, api_key=None, model=model)
