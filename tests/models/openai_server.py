"""A server that speaks the chat completion protocol on loopback, with scripted answers.

It holds no model. It checks the shape of a request as real servers do, so that a request that
they would refuse fails here too.
"""

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, cast

from PIL import Image

KEY = "sk-a-key-of-the-tests"
MODEL = "vision"
PATIENCE_S = 10.0
_BETWEEN_DROPS_S = 0.02
_PREFIX = "data:image/jpeg;base64,"


@dataclass(frozen=True, slots=True)
class Says:
    """An answer, streamed in pieces where that is asked for.

    Attributes:
        top: log probabilities of the likely first tokens; None: the server has none.
        drops_after: pieces after which a streamed answer's connection breaks.
    """

    pieces: tuple[str, ...]
    finish: str = "stop"
    top: Mapping[str, float] | None = None
    drops_after: int | None = None

    @classmethod
    def all(cls, text: str, **more: Any) -> Self:
        """Return an answer in pieces of three characters."""
        return cls(tuple(text[at : at + 3] for at in range(0, len(text), 3)), **more)


@dataclass(frozen=True, slots=True)
class Sends:
    """Any status and body."""

    status: int
    body: bytes | Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"

    @classmethod
    def error(cls, status: int, message: str, **more: str) -> Self:
        """Return an error as OpenAI, vLLM and llama.cpp put it."""
        return cls(status, {"error": {"message": message, "code": None, **more}})


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer before the test is over."""


@dataclass(frozen=True, slots=True)
class Drips:
    """An answer that never ends: these bytes, then a drop now and then while anybody listens."""

    begin: bytes
    drop: bytes

    @classmethod
    def chunks(cls, drop: bytes, content_type: str) -> Self:
        """Return a chunked body of drops."""
        begin = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n".encode()
        begin += b"Transfer-Encoding: chunked\r\n\r\n"
        return cls(begin, b"%x\r\n%s\r\n" % (len(drop), drop))


Scripted = Says | Sends | Silence | Drips


@dataclass(frozen=True, slots=True)
class Call:
    """A request that came; its headers' names in lower case."""

    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The messages, as they were sent."""
        return cast(list[dict[str, Any]], self.body["messages"])

    @property
    def outline(self) -> list[str]:
        """The last message's texts, and `(picture)` for each picture."""
        return [part.get("text", "(picture)") for part in self._parts]

    @property
    def pictures(self) -> list[Image.Image]:
        """The last message's pictures, decoded, in order."""
        urls = [part["image_url"]["url"] for part in self._parts if part["type"] == "image_url"]
        return [_decoded(url) for url in urls]

    @property
    def _parts(self) -> list[dict[str, Any]]:
        content = self.messages[-1]["content"]
        return [{"type": "text", "text": content}] if isinstance(content, str) else content


Reads = Callable[[Call], Scripted]
"""An answer that depends on the request."""


class ChatServer:
    """Answers as it was told to, in order; then with the last answer again."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.base_url = ""
        self._script: Sequence[Scripted | Reads] = [Says(("Fine.",))]
        self._change = threading.Condition()
        self._connections = 0
        self._is_over = threading.Event()

    def answers(self, *script: Scripted | Reads) -> None:
        """Say what comes next."""
        self._script = script

    @property
    def last(self) -> Call:
        """The newest request."""
        return self.calls[-1]

    def wait_until_asked(self) -> bool:
        """Wait for the first request; False if none comes."""
        with self._change:
            return self._change.wait_for(lambda: bool(self.calls), PATIENCE_S)

    def wait_until_left(self) -> bool:
        """Wait until no client holds a connection; False if one stays."""
        with self._change:
            return self._change.wait_for(lambda: self._connections == 0, PATIENCE_S)

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Serve on a free port of 127.0.0.1."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.base_url = f"http://127.0.0.1:{server.server_port}/v1"
        try:
            yield self
        finally:
            self._is_over.set()
            server.shutdown()
            server.server_close()
            thread.join(PATIENCE_S)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        chat = self

        class Handler(_Handler):
            def setup(self) -> None:
                super().setup()
                chat._count(1)

            def finish(self) -> None:
                super().finish()
                chat._count(-1)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                chat._respond(
                    self, Call(body, {name.lower(): value for name, value in self.headers.items()})
                )

        return Handler

    def _count(self, change: int) -> None:
        with self._change:
            self._connections += change
            self._change.notify_all()

    def _respond(self, handler: "_Handler", call: Call) -> None:
        if (refusal := _refusal(handler.path, call)) is not None:
            handler.send(refusal)
            return
        with self._change:
            self.calls.append(call)
            self._change.notify_all()
            step, *later = self._script
            self._script = later or [step]
        step = step(call) if callable(step) else step
        match step:
            case Sends():
                handler.send(step)
            case Silence():
                self._is_over.wait(PATIENCE_S)
                handler.close_connection = True
            case Drips():
                handler.close_connection = True
                with suppress(ConnectionError):  # the client has left, as it should
                    handler.wfile.write(step.begin)
                    while not self._is_over.wait(_BETWEEN_DROPS_S):
                        handler.wfile.write(step.drop)
            case Says() if call.body.get("stream"):
                with suppress(ConnectionError):  # a client may have heard enough
                    handler.stream(step)
            case Says():
                handler.send(Sends(200, _completion(step, call)))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def send(self, answer: Sends) -> None:
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self, answer: Says) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in answer.pieces[: answer.drops_after]:
            self._event({"choices": [_delta({"content": piece})]})
        if answer.drops_after is not None:
            self.close_connection = True
            return
        self._event({"choices": [_delta({}, answer.finish)]})
        self._event({"choices": [], "usage": {"total_tokens": 7}})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""

    def _event(self, data: Mapping[str, object]) -> None:
        self._chunk(b"data: " + json.dumps(data).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))


def _refusal(path: str, call: Call) -> Sends | None:
    """Refuse what a real server refuses."""
    if path != "/v1/chat/completions":
        return Sends(404, {"detail": "Not Found"})
    if call.headers.get("authorization") != f"Bearer {KEY}":
        return Sends.error(401, f"Incorrect API key: {call.headers.get('Authorization')}")
    if call.body["model"] != MODEL:
        missing = call.body["model"]
        return Sends.error(404, f"The model `{missing}` does not exist.", code="model_not_found")
    roles = [message["role"] for message in call.messages]
    spoken = roles[1:] if roles[0] == "system" else roles
    if spoken != (["user", "assistant"] * len(spoken))[: len(spoken)] or roles[-1] != "user":
        return Sends.error(400, f"Conversation roles must alternate: {roles}")
    return None


def _completion(answer: Says, call: Call) -> dict[str, object]:
    text = "".join(answer.pieces)
    choice: dict[str, object] = {
        "index": 0,
        "finish_reason": answer.finish,
        "message": {"role": "assistant", "content": text},
    }
    if answer.top is not None and call.body.get("logprobs"):
        likely = [{"token": token, "logprob": value} for token, value in answer.top.items()]
        choice["logprobs"] = {"content": [{**likely[0], "top_logprobs": likely}]}
    return {"id": "1", "object": "chat.completion", "created": 1, "choices": [choice]}


def _delta(delta: Mapping[str, str], finish: str | None = None) -> dict[str, object]:
    return {"index": 0, "delta": delta, "finish_reason": finish}


def _decoded(url: str) -> Image.Image:
    assert url.startswith(_PREFIX)
    image = Image.open(io.BytesIO(base64.b64decode(url.removeprefix(_PREFIX), validate=True)))
    assert image.format == "JPEG"
    image.load()
    return image


def colours(pictures: Sequence[Image.Image]) -> list[str]:
    """Return each picture's strongest channel: what order did they come in?"""
    middles = [picture.resize((1, 1)).getpixel((0, 0)) for picture in pictures]
    channels = [cast(tuple[int, int, int], middle) for middle in middles]
    return [("red", "green", "blue")[one.index(max(one))] for one in channels]
