"""`rapbot up` as a person types it, without a token and without a terminal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rapbot.services.lock import running_system
from tests.integration.services.systems import processes_of
from tests.unit.rapbot.programs import eventually

pytestmark = pytest.mark.integration


@contextmanager
def _up(data_dir: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run it in a process group of its own, as a terminal does."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "rapbot", "up"],
        env={**os.environ, "RAPBOT_DATA_DIR": str(data_dir)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def _lines_until_it_serves(process: "subprocess.Popen[str]") -> list[str]:
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "in another terminal" in line:
            break
    return lines


def test_ctrl_c_ends_everything_cleanly_and_it_starts_again(tmp_path: Path) -> None:
    for _ in range(2):
        with _up(tmp_path) as process:
            lines = "".join(_lines_until_it_serves(process))
            for ready in ("PostgreSQL … ", "Valkey … ", "database … migrated", "worker … ready"):
                assert ready in lines
            assert running_system(tmp_path) is not None

            os.killpg(process.pid, signal.SIGINT)

            assert process.wait(timeout=60) == 0
        assert processes_of(tmp_path) == []
        assert running_system(tmp_path) is None
    assert "database system is shut down" in (tmp_path / "logs" / "postgres.log").read_text()


def test_a_signal_in_the_middle_of_the_start_leaves_nothing(tmp_path: Path) -> None:
    with _up(tmp_path) as process:
        assert eventually(lambda: bool(processes_of(tmp_path, "postgres")))

        process.terminate()

        assert process.wait(timeout=60) == 0
    assert processes_of(tmp_path) == []


def test_killed_with_its_worker_at_work_it_leaves_nothing_for_long(tmp_path: Path) -> None:
    with _up(tmp_path) as process:
        _lines_until_it_serves(process)
        assert processes_of(tmp_path, "python") or processes_of(tmp_path, "rapbot")

        process.kill()

        assert eventually(lambda: processes_of(tmp_path) == [])
