"""One-shot verbs at the door of a running system."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from rap_engine.memory import Database
from rapbot.client import Client
from rapbot.door.keeper import open_door
from rapbot.door.request import NobodyThere, Refused, Request, door_of, knock
from rapbot.layout import Layout
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember
from tests.integration.standin import Worker


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout.of(tmp_path)
    layout.create()
    return layout


@pytest.fixture
def opened(layout: Layout, database: Database, worker: Worker) -> Iterator[Layout]:
    def client_of(user: str) -> Client:
        return Client.of(database, worker, user, timeout_s=20.0)

    with open_door(door_of(layout), client_of):
        yield layout


def test_a_question_is_answered(opened: Layout) -> None:
    request = Request("ask", "anna", {"question": "who is this?", "photo": None})
    assert knock(opened, request) == {"answer": "hello"}


def test_concepts_are_those_of_the_person_who_asks(
    opened: Layout, database: Database, anna: Person
) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    assert [c["name"] for c in knock(opened, Request("list", "anna", {}))] == ["Rex"]
    assert knock(opened, Request("list", "bert", {})) == []


def test_what_goes_wrong_is_told_in_the_chats_words(opened: Layout) -> None:
    with pytest.raises(Refused, match="nobody and nothing called Rex"):
        knock(opened, Request("forget", "anna", {"name": "Rex"}))


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [("close", {}), ("ask", {}), ("remember", {"photo": "a.jpg", "colour": "red"})],
)
def test_a_verb_that_is_not_known_is_refused(
    opened: Layout, verb: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(Refused, match="another version"):
        knock(opened, Request(verb, "anna", arguments))


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"[1]\n", b"\xff\n", b'{"verb": 1}\n'])
def test_what_is_no_request_is_refused_and_the_door_stays_open(opened: Layout, line: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as answers:
        connection.connect(str(door_of(opened)))
        connection.sendall(line)
        assert "error" in json.loads(answers.readline())
    assert knock(opened, Request("list", "anna", {})) == []


def test_without_a_system_nobody_is_there(layout: Layout) -> None:
    with pytest.raises(NobodyThere):
        knock(layout, Request("list", "anna", {}))


def test_a_door_that_a_killed_system_left_is_no_door_and_in_nobodys_way(
    layout: Layout, database: Database, worker: Worker
) -> None:
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(door_of(layout)))
    with pytest.raises(NobodyThere):
        knock(layout, Request("list", "anna", {}))
    with open_door(door_of(layout), lambda user: Client.of(database, worker, user, 20.0)):
        assert knock(layout, Request("list", "anna", {})) == []


def test_the_doors_folder_is_its_owners_alone(opened: Layout) -> None:
    assert door_of(opened).parent.stat().st_mode & 0o077 == 0
