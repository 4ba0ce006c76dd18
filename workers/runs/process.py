"""The process that does a run's work, as its starter sees it. Loads no model library itself."""

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydantic import SecretStr

from config import Settings
from config.logs import get_logger
from rap_engine.training.progress import Progress
from workers.runs.lines import lines_of

_log = get_logger(__name__)
_NEEDED: Final = (
    "data_dir",
    "weights_folder",
    "training_folder",
    "profile",
    "device",
    "quantization",
    "openai_base_url",
    "openai_api_key",
    "openai_model",
    "log_level",
)
"""The settings that a run needs. It reaches neither Telegram, nor the database, nor the broker."""
_ROOT: Final = Path(__file__).resolve().parents[2]
_SECRETS: Final = ("PGPASSWORD", "PGPASSFILE")
_CHUNK: Final = 64 * 1024
_LOOK_S: Final = 0.2
LAST_WORDS_S: Final = 3.0
"""How long what a process said is still read behind its end. What it started in another session may
hold its standard output for longer, and nobody waits for that."""


def stage_command(folder: Path) -> tuple[str, ...]:
    """Return the command that does a run's stages in its folder."""
    return (sys.executable, "-P", "-m", "rap_engine.training.run", str(folder))


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment of a run's process: ours, and of the settings what it needs."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _SECRETS and (not name.startswith("RAPBOT_") or name == "RAPBOT_MARK")
    }
    chosen = {
        f"RAPBOT_{name.upper()}": _as_text(getattr(settings, name))
        for name in _NEEDED
        if getattr(settings, name) is not None
    }
    # The program need not be installed, and the process works elsewhere than we do.
    path = os.pathsep.join([str(_ROOT), *filter(None, [kept.get("PYTHONPATH")])])
    return {**kept, **chosen, "PYTHONPATH": path}


def _as_text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


class RunProcess:
    """A run's process; what it reports is passed on from a thread of ours.

    It holds the other end of its standard input for as long as it lives, and so knows when its
    starter is gone.

    Args:
        command: what to start.
        folder: where it works.
        environment: all of its environment.
        log: where its standard error goes.
        tell: called with what it reports.
    """

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: dict[str, str],
        log: Path,
        tell: Callable[[Progress], None],
    ) -> None:
        with log.open("ab") as stream:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                start_new_session=True,
            )
        self._tell = tell
        self._left = threading.Event()
        self._reader = threading.Thread(target=self._read, name="run-progress", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(0.0)
        assert self._process.stdin is not None  # noqa: S101  it is a pipe
        self._process.stdin.close()

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; return its exit status, None if it goes on."""
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        self._leave_reader()
        return status

    def end(self, grace_s: float) -> int:
        """Ask it to keep what it has and end; kill it, and what it started, if it does not."""
        self._send(signal.SIGTERM)
        status = self.wait(grace_s) if grace_s else self._process.poll()
        self._send(signal.SIGKILL)
        status = self._process.wait() if status is None else status
        self._leave_reader()
        return status

    def _send(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            return

    def _leave_reader(self) -> None:
        """Let what was said be read to its end, if that comes soon."""
        self._reader.join(LAST_WORDS_S)
        self._left.set()
        self._reader.join(LAST_WORDS_S)

    def _read(self) -> None:
        """Pass on what is reported; a process whose output nobody reads would stand still."""
        assert self._process.stdout is not None  # noqa: S101  it is a pipe
        with self._process.stdout as stream:
            for line in lines_of(self._chunks(stream.fileno())):
                progress = Progress.from_line(line)
                if progress is not None:
                    self._pass_on(progress)

    def _pass_on(self, progress: Progress) -> None:
        try:
            self._tell(progress)
        except Exception as error:  # noqa: BLE001  what cannot be told must not hold up the work
            _log.warning("progress_not_told", error=str(error))

    def _chunks(self, output: int) -> Iterator[bytes]:
        """Yield what comes, until its end or until nobody waits for it."""
        poll = select.poll()
        poll.register(output, select.POLLIN)
        while not self._left.is_set():
            if not poll.poll(_LOOK_S * 1000):
                continue
            chunk = os.read(output, _CHUNK)
            if not chunk:
                return
            yield chunk
