"""What integration tests share: a fresh, migrated database each, and people in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from rap_engine.memory import Actor, Database
from rap_engine.memory.people import active_list, ensure_user
from tests.integration.bot.chats import Friend, Front
from tests.integration.standin import Worker
from workers.jobs.values import Address


@dataclass(frozen=True, slots=True)
class Person:
    user_id: int
    list_id: int

    @property
    def actor(self) -> Actor:
        return Actor(self.user_id)

    @property
    def address(self) -> Address:
        return Address(self.user_id, "console", self.user_id)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def _person(database: Database, name: str) -> Person:
    with database.transaction() as session:
        user_id = ensure_user(session, "console", name, name.title())
        return Person(user_id, active_list(session, Actor(user_id)))


@pytest.fixture
def anna(database: Database) -> Person:
    return _person(database, "anna")


@pytest.fixture
def bert(database: Database) -> Person:
    return _person(database, "bert")


@pytest.fixture
def front(database: Database) -> Front:
    return Front(database)


@pytest.fixture
def friend(front: Front) -> Friend:
    return Friend(front)


@pytest.fixture
def stranger(front: Front) -> Friend:
    return Friend(front, number=42)


@pytest.fixture
def worker(database_url: str) -> Iterator[Worker]:
    own = Database(database_url)
    worker = Worker(own)
    yield worker
    worker.rest()
    own.close()
