"""The side that opens: a thread of `rapbot up` that runs verbs for whoever may open the socket."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.logs import get_logger
from rap_engine.errors import RapError
from rapbot.client import SERVER_AWAY, Client
from rapbot.door.request import MOST_BYTES, Request
from rapbot.sentences import SERVER_AWAY_SENTENCE, sentence_of

_log = get_logger(__name__)
ClientOf = Callable[[str], Client]


@contextmanager
def open_door(path: Path, client_of: ClientOf) -> Iterator[None]:
    """Run verbs while the block lasts. The socket's folder must be the owner's alone."""
    path.unlink(missing_ok=True)
    with _Server(path, client_of) as server:
        thread = threading.Thread(target=server.serve_forever, name="door", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            path.unlink(missing_ok=True)


def perform(client: Client, verb: str, arguments: dict[str, Any]) -> Any:
    """Run a verb and return its result as JSON has it.

    Raises:
        ValueError: no such verb, or not its arguments.
        RapError: as the verb does.
    """
    match verb, arguments:
        case "remember", {"photo": str(photo), **rest}:
            return client.remember(Path(photo), **rest)
        case "ask", {"question": str(question), "photo": photo}:
            return client.ask(question, Path(photo) if photo else None)
        case "list", {}:
            return client.concepts()
        case "forget", {"name": str(name)}:
            return client.forget(name)
        case _:
            raise ValueError(f"no such verb: {verb}")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False  # a question that waits for its answer must not hold up the stop

    def __init__(self, path: Path, client_of: ClientOf) -> None:
        self.client_of = client_of
        super().__init__(str(path), _Knock)


class _Knock(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        answer = self._answer(self.rfile.readline(MOST_BYTES))
        try:
            self.wfile.write(json.dumps(answer).encode() + b"\n")
        except OSError:
            return  # who asked has gone

    def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = Request.from_line(line)
            client = self.server.client_of(request.user)
            return {"result": perform(client, request.verb, request.arguments)}
        except RapError as error:
            return {"error": sentence_of(error)}
        except SERVER_AWAY as error:
            _log.warning("verb_interrupted", error=str(error))
            return {"error": SERVER_AWAY_SENTENCE}
        except (ValueError, TypeError) as error:
            _log.warning("verb_not_understood", error=repr(error))
            return {"error": "The running system does not know this verb: is it another version?"}
