"""A database's password that no URL could hold arrives whole, from where containers put it."""

import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ruamel.yaml import YAML
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from rap_engine.memory import Database, conninfo

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "p@ss/w:rd?#%40 $x"
_SSL, _ENCRYPTION = 80877103, 80877104


@dataclass(slots=True)
class Gate:
    """As much of a PostgreSQL server as asks for a password; it lets nobody in."""

    listening: socket.socket
    passwords: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        number: int = self.listening.getsockname()[1]
        return number

    def serve_one(self) -> None:
        connection, _ = self.listening.accept()
        with connection, connection.makefile("rb") as read:
            while self._begin(read) in (_SSL, _ENCRYPTION):
                connection.sendall(b"N")
            connection.sendall(b"R" + struct.pack("!ii", 8, 3))
            kind, length = struct.unpack("!ci", read.read(5))
            said = read.read(length - 4)
            if kind == b"p":
                self.passwords.append(said.rstrip(b"\0").decode())
            refusal = b"SFATAL\0C28P01\0Mno entry\0\0"
            connection.sendall(b"E" + struct.pack("!i", len(refusal) + 4) + refusal)

    @staticmethod
    def _begin(read: Any) -> int:
        length, code = struct.unpack("!ii", read.read(8))
        read.read(length - 8)
        return int(code)


@pytest.fixture
def gate() -> Iterator[Gate]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        gate = Gate(listening)
        thread = threading.Thread(target=gate.serve_one)
        thread.start()
        yield gate
        thread.join()


@pytest.fixture
def url(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the containers' database, at the gate."""
    services = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]
    environment = services["bot"]["environment"]
    variable = next(name for name in environment if name.endswith("PASSWORD"))
    monkeypatch.setenv(variable, PASSWORD)
    named = make_url(environment["RAPBOT_DATABASE_URL"])
    return named.set(host="127.0.0.1", port=gate.port).render_as_string(hide_password=False)


def test_from_the_pool(gate: Gate, url: str) -> None:
    database = Database(url)
    with pytest.raises(OperationalError, match="no entry"), database.transaction() as session:
        session.execute(text("SELECT 1"))
    database.close()
    assert gate.passwords == [PASSWORD]


def test_from_a_connection_beside_the_pool(gate: Gate, url: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="no entry"):
        psycopg.connect(conninfo(url))
    assert gate.passwords == [PASSWORD]
