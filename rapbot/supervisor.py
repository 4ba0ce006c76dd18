"""Keeps programs alive, and ends them in the order that loses nothing."""

import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from rapbot.errors import ProgramFailed
from rapbot.services.program import Program, tail

LOG_LIMIT_BYTES = 10 * 1024 * 1024

_POLL_S = 0.1
_DEATHS_BEFORE_READY = 3


@dataclass(frozen=True)
class Backoff:
    """How long to wait before starting a program again.

    Attributes:
        first_s: after its first death.
        longest_s: the wait doubles up to this.
        healthy_s: a program that lived this long begins anew with `first_s`.
    """

    first_s: float = 1.0
    longest_s: float = 30.0
    healthy_s: float = 60.0

    def delay_s(self, deaths: int) -> float:
        """Return the wait after this many deaths in a row."""
        # No program dies so often that a larger exponent would change the result.
        return min(self.longest_s, self.first_s * 2.0 ** min(deaths - 1, 30))


class Supervisor:
    """Starts programs, starts them again when they die, and ends the last started first.

    All of it happens on one thread that lives as long as the programs: Linux tells a child that
    its parent died when the *thread* that made it ends. A terminal's Ctrl-C does not reach the
    programs, since each has its own session.

    Args:
        report: called with a line when a program died, on the supervisor's thread.
        backoff: waits between starts.
    """

    def __init__(self, report: Callable[[str], None], backoff: Backoff | None = None) -> None:
        self._report = report
        self._backoff = backoff or Backoff()
        self._orders: queue.SimpleQueue[tuple[_Child, Future[None]] | None] = queue.SimpleQueue()
        self._children: list[_Child] = []
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._orders.put(None)
        self._thread.join()

    def start(
        self, program: Program, ready: Callable[[], bool], timeout_s: float, poll_s: float = 0.05
    ) -> None:
        """Start a program and wait until it is ready.

        Args:
            program: what to start.
            ready: asked until it says yes.
            timeout_s: how long it may take.
            poll_s: pause between two questions.

        Raises:
            ProgramFailed: it died several times, or was not ready in time.
        """
        child = _Child(program, self._backoff, self._report)
        started: Future[None] = Future()
        self._orders.put((child, started))
        started.result()
        deadline = time.monotonic() + timeout_s
        while not ready():
            if child.deaths >= _DEATHS_BEFORE_READY:
                raise _failed(program, "does not stay alive")
            if time.monotonic() > deadline:
                raise _failed(program, f"was not ready after {timeout_s:.0f} s")
            time.sleep(poll_s)

    def _run(self) -> None:
        while True:
            try:
                order = self._orders.get(timeout=_POLL_S)
            except queue.Empty:
                self._watch()
                continue
            if order is None:
                break
            self._admit(*order)
        for child in reversed(self._children):
            child.stop()

    def _admit(self, child: "_Child", started: "Future[None]") -> None:
        try:
            rotate(child.program.log)
            child.spawn()
        except OSError as error:
            started.set_exception(error)
        else:
            self._children.append(child)
            started.set_result(None)

    def _watch(self) -> None:
        for child in self._children:
            child.watch(time.monotonic())


class _Child:
    """One program's process, or the wait for its next one. Used by the supervisor's thread."""

    def __init__(self, program: Program, backoff: Backoff, report: Callable[[str], None]) -> None:
        self.program = program
        self.deaths = 0
        self._backoff = backoff
        self._report = report
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_again_at = 0.0

    def spawn(self) -> None:
        program = self.program
        with program.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                program.identity.guarded(program.command, program.death_signal),
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started_at = time.monotonic()

    def watch(self, now: float) -> None:
        if self._process is None:
            if now >= self._start_again_at:
                self._revive(now)
        elif self._process.poll() is not None:
            self._mourn(self._process, now)

    def _revive(self, now: float) -> None:
        """Start again. What keeps a process from starting may pass: memory, a full disk."""
        try:
            self.program.log.parent.mkdir(exist_ok=True)
            self.spawn()
        except OSError as error:
            self.deaths += 1
            self._wait_to_start(now, f"cannot be started ({error})")

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(self.program.stop_signal)
        try:
            process.wait(self.program.stop_timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _kill_group(process.pid)

    def _mourn(self, process: "subprocess.Popen[bytes]", now: float) -> None:
        """Note a death and when to start again. Its own children must not meet the next one."""
        _kill_group(process.pid)
        lived_s = now - self._started_at
        self.deaths = 1 if lived_s >= self._backoff.healthy_s else self.deaths + 1
        self._process = None
        self._wait_to_start(now, f"ended ({_status(process.returncode)})")

    def _wait_to_start(self, now: float, why: str) -> None:
        delay_s = self._backoff.delay_s(self.deaths)
        self._start_again_at = now + delay_s
        self._report(
            f"{self.program.name} {why}, starting it again in {delay_s:.0f} s;"
            f" see {self.program.log}"
        )


def rotate(log: Path, limit_bytes: int = LOG_LIMIT_BYTES) -> None:
    """Put a log that is over the limit aside as `<name>.log.1`, in place of an older one."""
    if log.exists() and log.stat().st_size > limit_bytes:
        log.replace(log.with_name(f"{log.name}.1"))


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _status(returncode: int) -> str:
    if returncode < 0:
        return f"by {signal.Signals(-returncode).name}"
    return f"status {returncode}"


def _failed(program: Program, what: str) -> ProgramFailed:
    return ProgramFailed(program.name, what, program.log, tail(program.log))
