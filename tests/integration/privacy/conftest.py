"""People whose data is told, taken and erased."""

import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from PIL import Image
from sqlalchemy import text

from bot.sender.parcels import Parcel
from bot.sender.sender import Sender
from rap_engine.memory import Actor, Database, Member, acting_as
from rap_engine.memory.people import active_list, ensure_user
from tests.integration.bot.chats import CHANNEL, Friend, Front
from tests.integration.conftest import Person
from tests.integration.privacy.erasing import ANNA, BERT, USER_ID
from tests.standin import StandInWorker
from workers.jobs.values import Place


@dataclass
class Delivered:
    """A courier that keeps what it brings."""

    parcels: list[Parcel] = field(default_factory=list)

    def deliver(self, place: Place, parcel: Parcel) -> int | None:
        self.parcels.append(parcel)
        return len(self.parcels)


@pytest.fixture
def courier() -> Delivered:
    return Delivered()


@pytest.fixture
def send_all(database: Database, courier: Delivered) -> Callable[[], None]:
    sender = Sender(database, courier, CHANNEL)

    def send() -> None:
        while sender.send_next():
            pass

    return send


@pytest.fixture
def worker(database: Database) -> StandInWorker:
    """Works when it is told to."""
    return StandInWorker(database)


@pytest.fixture
def chat(front: Front, database: Database) -> Friend:
    with database.transaction() as session:
        session.execute(text(f"ALTER SEQUENCE users_id_seq RESTART {USER_ID}"))
    return Friend(front, number=ANNA)


@pytest.fixture
def berts_chat(front: Front) -> Friend:
    return Friend(front, number=BERT)


def noise(side: int = 96) -> bytes:
    """A photo that no other is like, byte for byte."""
    buffer = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(buffer, "JPEG")
    return buffer.getvalue()


def person_of(database: Database, number: int) -> Person:
    """Who a friend in a chat is to the database."""
    with database.transaction() as session:
        user_id = ensure_user(session, CHANNEL, str(number))
        return Person(user_id, active_list(session, Actor(user_id)))


def family(database: Database, owner: Person, *others: tuple[Person, str]) -> int:
    """Found a family; the others join in this order."""
    with database.transaction() as session, acting_as(session, owner.actor):
        found = text("SELECT rapbot_found_family('Smiths')")
        list_id: int = session.execute(found).scalar_one()
    for person, role in others:
        with database.transaction() as session:
            session.add(Member(list_id=list_id, user_id=person.user_id, role=role))
    return list_id
