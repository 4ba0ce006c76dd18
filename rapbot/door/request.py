"""What goes through the door, and the side that knocks. It imports next to nothing, to be fast."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from rap_engine.errors import RapError
from rapbot.layout import Layout

MOST_BYTES = 1 << 20


class NobodyThere(RapError):
    """No system of this data directory opens."""


class Refused(RapError):
    """The system could not do it; the message is the sentence for the person."""

    code: ClassVar[str] = "refused"


@dataclass(frozen=True, slots=True)
class Request:
    """A verb of `rapbot.client.Client` with its arguments, for one person."""

    verb: str
    user: str
    arguments: dict[str, Any]

    def to_line(self) -> bytes:
        """Return the request as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """Read a request.

        Raises:
            ValueError: it is not one.
        """
        data = json.loads(line)
        if not isinstance(data, dict) or data.keys() != {"verb", "user", "arguments"}:
            raise ValueError("not a request")
        return cls(str(data["verb"]), str(data["user"]), dict(data["arguments"]))


def door_of(layout: Layout) -> Path:
    """Return the path of a system's door."""
    return layout.socket_dir("door") / "door.sock"


def knock(layout: Layout, request: Request) -> Any:
    """Ask the running system and return the verb's result.

    Raises:
        NobodyThere: no system runs here.
        Refused: it could not do it, or stopped before it had.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(door_of(layout)))
        except OSError as error:
            raise NobodyThere(str(layout.data_dir)) from error
        connection.sendall(request.to_line())
        with connection.makefile("rb") as answers:
            line = answers.readline()
    if not line:
        raise Refused("The system stopped before it answered. A question that it took is kept.")
    answer = json.loads(line)
    if "error" in answer:
        raise Refused(answer["error"])
    return answer["result"]
