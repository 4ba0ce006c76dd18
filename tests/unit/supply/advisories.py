"""An advisory service on loopback: as much of OSV's protocol as an audit needs."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KNOWN_BAD = ("pillow", "9.0.0")


@dataclass(slots=True)
class Advisories:
    """What the service knows, and what it was asked.

    Attributes:
        known: advisories by package and version.
        status: of its answers; one that is not 200 stands for a service that is broken.
        breaks_at: a package at whose question the service breaks, in the middle of an audit.
        asked: packages and versions, as the questions came.
    """

    known: Mapping[tuple[str, str], list[dict[str, Any]]]
    status: int = 200
    breaks_at: str | None = None
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, question: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        package, version = question["package"]["name"], question["version"]
        assert question["package"]["ecosystem"] == "PyPI"
        self.asked.append((package, version))
        if self.status != 200 or package == self.breaks_at:
            return max(self.status, 500), {}
        found = self.known.get((package, version))
        return 200, {"vulns": found} if found else {}


def advisory(package: str, number: str, *aliases: str, fixed: str | None = None) -> dict[str, Any]:
    events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
    return {
        "schema_version": "1.7.0",
        "id": number,
        "aliases": list(aliases),
        "summary": f"{package} is broken",
        "published": "2026-01-02T03:04:05Z",
        "affected": [
            {
                "package": {"name": package, "ecosystem": "PyPI"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
    }


@contextmanager
def advisory_service(known: Mapping[tuple[str, str], list[dict[str, Any]]]) -> Iterator[Advisories]:
    """Serve advisories; that of the release that everybody knows is always among them."""
    everybody_knows = {KNOWN_BAD: [advisory(KNOWN_BAD[0], "PYSEC-2022-10", "CVE-2022-22817")]}
    advisories = Advisories({**everybody_knows, **known})
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(advisories))
    advisories.url = f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield advisories
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(advisories: Advisories) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            status, body = advisories.answer(json.loads(self.rfile.read(length)))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
