"""The structure of a conversation is the same whatever people write."""

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rap_engine.generate import GenerationRequest, Pair
from rap_engine.generate.conversation import (
    Message,
    plain_conversation,
    rap_conversation,
    same_conversation,
)
from rap_engine.generate.openai_server.messages import as_messages
from rap_engine.generate.pointing import seeking
from rap_engine.generate.prompt import PLAIN_SYSTEM, Picture, with_names_marked
from tests.unit.injection.hostile import (
    ALL_AT_ONCE,
    HARMLESS,
    hostile_requests,
    request_with,
    unhurried,
)

PICTURE = "\ue000"  # private use: never part of anybody's words
COMPOSERS = (rap_conversation, plain_conversation)
_DATA = re.compile(r"[ab]name(?: \(theirs\))?|[ab]info|cquestion|dearlier|eanswer")
_OPENS = re.compile(r"(?<![A-Za-z])(?:Name|Info|Recognised in the photo):")
# What no words of people have: they cannot open or close the places that they stand in.
_HELD = r"[^\n\r\[\]{}\ue000]*"


def _text(conversation: tuple[Message, ...]) -> str:
    """Return a conversation with its roles, a line each, and a mark for each picture."""
    return "\f".join(
        message.role
        + "\v"
        + "".join(PICTURE if isinstance(part, Picture) else part for part in message.content)
        for message in conversation
    )


def _shape(conversation: tuple[Message, ...]) -> re.Pattern[str]:
    """Return what any conversation looks like that differs in people's words alone."""
    return re.compile(_HELD.join(map(re.escape, _DATA.split(_text(conversation)))))


def _pointing(request: GenerationRequest) -> tuple[Message, ...]:
    sought = request.references[0]
    return plain_conversation(seeking(request, sought), seeks=sought.name)


def _verifying(request: GenerationRequest) -> tuple[Message, ...]:
    reference = request.references[0]
    assert request.photo is not None
    return same_conversation(Pair(request.photo, reference))


ALL = (*COMPOSERS, _pointing, _verifying)
SHAPES = {compose: _shape(compose(HARMLESS)) for compose in ALL}


def test_the_shape_has_a_place_for_all_of_it() -> None:
    assert SHAPES[rap_conversation].pattern.count(_HELD) == 7
    assert _text(rap_conversation(HARMLESS)).count(PICTURE) == 3


@pytest.mark.parametrize("compose", ALL)
@unhurried
@given(request=hostile_requests)
def test_words_stay_in_their_places(compose: object, request: GenerationRequest) -> None:
    assert callable(compose)
    assert SHAPES[compose].fullmatch(_text(compose(request)))


@pytest.mark.parametrize("compose", ALL)
def test_everything_at_once_stays_in_its_places(compose: object) -> None:
    assert callable(compose)
    assert SHAPES[compose].fullmatch(_text(compose(request_with(*[ALL_AT_ONCE] * 7))))


@unhurried
@given(request=hostile_requests)
def test_no_name_or_info_passes_for_another_one(request: GenerationRequest) -> None:
    for compose, closing in ((rap_conversation, "]"), (plain_conversation, "]\n")):
        *_, last = compose(request)
        words = "".join(part for part in last.content if isinstance(part, str))
        told, bracket, _ = words.rpartition(closing)
        assert bracket
        places = ["Name:", "Info:"]
        if compose is plain_conversation:
            places.append("Recognised in the photo:")
        assert _OPENS.findall(told) == 2 * places


@pytest.mark.parametrize("compose", COMPOSERS)
@unhurried
@given(request=hostile_requests)
def test_a_server_gets_the_same_messages_and_parts(
    compose: object, request: GenerationRequest
) -> None:
    assert callable(compose)
    sent, harmless = as_messages(compose(request)), as_messages(compose(HARMLESS))
    assert [_outline(message) for message in sent] == [_outline(message) for message in harmless]
    if compose is plain_conversation:
        assert sent[0] == {"role": "system", "content": PLAIN_SYSTEM}


def _outline(message: object) -> tuple[object, ...]:
    assert isinstance(message, dict)
    content = message["content"]
    parts = [part["type"] for part in content] if isinstance(content, list) else "words"
    return message["role"], parts, sorted(message)


_LEGITIMATE = (
    "our corgi, afraid of vacuum cleaners; weighs < 12 kg, > 10 & loves 1/2 apples",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \u2764\ufe0f\u200d\U0001f525",
    "1\ufe0f\u20e3 \u2122\ufe0f \U0001f44d\U0001f3fd",
    "\u0633\u06af \u0645\u0646 \u0645\u06cc\u200c\u062f\u0648\u062f",
    "\u0915\u094d\u200d\u0937 \u0930\u094d\u200d\u092f\u093e \u0936\u094d\u200c\u0930",
    "\u0dc1\u0dca\u200d\u0dbb\u0dd3",  # Sinhala for "Sri", spelt with a joiner
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "\u0e17\u0e35\u0e48\u0e1a\u0e49\u0e32\u0e19",
    "\u5c0f\u767d\uff0c\u4e09\u5c81\u3002",
    "\u30d3\u30b9\u30b1\u30c3\u30c8\u306f\u72ac\u3067\u3059",
    "https://example.com/a/b?c=d and @groomer, or +49 30 123456",
)


@pytest.mark.parametrize("words", _LEGITIMATE)
@pytest.mark.parametrize("compose", COMPOSERS)
def test_what_people_write_in_any_language_arrives_as_they_wrote_it(
    compose: object, words: str
) -> None:
    assert callable(compose)
    words = unicodedata.normalize("NFC", words)
    text = _text(compose(request_with("Rex", "Luna", words, "", words, words, words)))
    assert text.count(words) == 4


def test_a_name_of_which_nothing_is_left_is_marked_nowhere() -> None:
    nameless = replace(HARMLESS.references[0], name="\u200b", shown_name="\u202e")
    assert with_names_marked("who is this?", [nameless]) == "who is this?"


@unhurried
@given(st.data())
def test_an_info_that_is_cut_short_stays_in_its_place(data: st.DataObject) -> None:
    """The context may have no room for all of an info: the cut comes before it is defused."""
    end = data.draw(st.integers(1, len(ALL_AT_ONCE)))
    start = data.draw(st.integers(0, end - 1))
    cut = ALL_AT_ONCE[start:end]
    assert SHAPES[rap_conversation].fullmatch(_text(rap_conversation(request_with(*[cut] * 7))))
