"""What is posted to the webhook is an update, or is refused without harm."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.intake.posted import NotAnUpdate, read_update

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(), part, max_size=3),
)


def _nested(depth: int) -> bytes:
    return b'{"update_id":1,"message":' + b"[" * depth + b"]" * depth + b"}"


def test_an_update_is_read_as_it_came() -> None:
    update = {"update_id": 2**63 - 1, "message": {"text": "\N{DOG}", "date": 1.5}}
    assert read_update(json.dumps(update).encode()) == update


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"update_id=1",
        b"\xff\xfe\x00",
        b"[]",
        b'"update_id"',
        b"7",
        b"null",
        b"{}",
        b'{"message":{}}',
        b'{"update_id":null}',
        b'{"update_id":"1"}',
        b'{"update_id":true}',
        b'{"update_id":1.0}',
        b'{"update_id":-1}',
        b'{"update_id":9223372036854775808}',
        b'{"update_id":' + b"9" * 5000 + b"}",
        b'{"update_id":1,"a":NaN}',
        b'{"update_id":1,"a":-Infinity}',
        b'{"update_id":1,"a":1e999}',
        _nested(100),
        _nested(2000),
        _nested(100_000),
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_update_is_refused_and_not_quoted(body: bytes) -> None:
    with pytest.raises(NotAnUpdate) as refused:
        read_update(body)
    assert len(str(refused.value)) < 40
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_the_depth_of_real_updates_is_no_problem() -> None:
    assert read_update(_nested(40))["update_id"] == 1


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_there_is_one_kind_of_error(body: bytes) -> None:
    try:
        update = read_update(body)
    except NotAnUpdate:
        return
    assert isinstance(update["update_id"], int)
