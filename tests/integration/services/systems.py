"""A system in a process of its own, to be killed."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rapbot.layout import Layout
from rapbot.services.orphans import mark

_SYSTEM = """
import signal, sys, time
from pathlib import Path
from rapbot.system import started_system
from tests.services import bare_settings
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with started_system(bare_settings(Path(sys.argv[1]))):
    print("ready", flush=True)
    time.sleep(600)
"""


@contextmanager
def system_in_another_process(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run servers in another process, ready when the block begins and gone when it ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SYSTEM, data_dir], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.terminate()


def processes_of(data_dir: Path, program: str = "") -> list[int]:
    """Return living processes that carry the data directory's mark, servers' own ones included."""
    wanted = mark(Layout.of(data_dir)).encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            described = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            named = program in (entry / "comm").read_text()
        except OSError:
            continue
        if wanted in described and named:
            found.append(int(entry.name))
    return found
