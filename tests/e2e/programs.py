"""Processes of the bot, as an operator runs them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
STOP_S = 20.0
LOADING_S = 120.0


@dataclass
class Program:
    """`rapbot VERB` in a process of its own; its log is kept for the test to read."""

    verb: str
    environment: dict[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def log_file(self) -> Path:
        return self.folder / f"{self.verb}.log"

    @property
    def log(self) -> str:
        return self.log_file.read_text() if self.log_file.exists() else ""

    def start(self) -> None:
        inherited = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rapbot", self.verb],
                cwd=self.folder,
                env={**inherited, "PYTHONPATH": str(ROOT), **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_for_log(self, line: str) -> None:
        """Wait until its log says something."""
        deadline = time.monotonic() + LOADING_S
        while line not in self.log:
            assert time.monotonic() < deadline, f"{self.verb} never said {line!r}"
            threading.Event().wait(0.1)

    def stop(self) -> int:
        """Ask it to stop and return its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S)

    def kill(self) -> None:
        """End it and its children as a power cut does."""
        assert self.process is not None
        for process in [*psutil.Process(self.pid).children(recursive=True), self.process]:
            process.kill()
        self.process.wait(STOP_S)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid


@contextmanager
def ended_afterwards(program: Program) -> Iterator[Program]:
    """Leave no process behind, whatever the test did."""
    try:
        yield program
    finally:
        if program.process is not None and program.process.poll() is None:
            program.kill()
        print(f"--- {program.verb}.log\n{program.log}")


def run_verb(*words: str, environment: dict[str, str], folder: Path) -> str:
    """Run `rapbot WORDS` to its end and return what it printed."""
    inherited = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "rapbot", *words],
        cwd=folder,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
