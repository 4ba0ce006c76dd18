import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rapbot.errors import ProgramFailed
from rapbot.supervisor import Backoff, Supervisor, rotate
from tests.unit.rapbot.programs import alive, eventually, python

QUICK = Backoff(first_s=0.02, longest_s=0.05, healthy_s=60.0)

WRITE_PID_AND_SLEEP = """
import os, pathlib, sys, time
folder = pathlib.Path(sys.argv[1])
with (folder / "pids").open("a") as stream:
    stream.write(f"{os.getpid()}\\n")
time.sleep(600)
"""

NOTE_ITS_END = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
name = NAME
def end(*_):
    with (folder / "ends").open("a") as stream:
        stream.write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
(folder / name).touch()
while True:
    time.sleep(600)
"""

IGNORE_EVERYTHING_WITH_A_CHILD = """
import os, pathlib, signal, subprocess, sys, time
folder = pathlib.Path(sys.argv[1])
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
(folder / "pids").write_text(f"{os.getpid()}\\n{child.pid}\\n")
time.sleep(600)
"""

SUPERVISE_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from rapbot.supervisor import Supervisor
from tests.unit.rapbot.programs import python
from tests.unit.rapbot.test_supervisor import WRITE_PID_AND_SLEEP
folder = Path(sys.argv[1])
with Supervisor(print) as supervisor:
    supervisor.start(python(folder, WRITE_PID_AND_SLEEP), (folder / "pids").exists, 20)
    print("started", flush=True)
    time.sleep(600)
"""


def _pids(folder: Path) -> list[int]:
    found = folder / "pids"
    return [int(line) for line in found.read_text().splitlines()] if found.exists() else []


def _always() -> bool:
    return True


def test_a_program_that_dies_is_started_again_and_told_of(tmp_path: Path) -> None:
    lines: list[str] = []
    with Supervisor(lines.append, QUICK) as supervisor:
        program = python(tmp_path, WRITE_PID_AND_SLEEP)
        supervisor.start(program, lambda: len(_pids(tmp_path)) == 1, 20)
        os.kill(_pids(tmp_path)[0], signal.SIGKILL)
        assert eventually(lambda: len(_pids(tmp_path)) == 2)

    assert lines == [
        f"child ended (by SIGKILL), starting it again in 0 s; see {tmp_path / 'child.log'}"
    ]
    assert not any(alive(pid) for pid in _pids(tmp_path))


def test_what_cannot_be_started_for_a_while_is_started_later(tmp_path: Path) -> None:
    lines: list[str] = []
    log = tmp_path / "child.log"
    with Supervisor(lines.append, QUICK) as supervisor:
        program = python(tmp_path, WRITE_PID_AND_SLEEP)
        supervisor.start(program, lambda: len(_pids(tmp_path)) == 1, 20)
        log.unlink()
        log.mkdir()
        os.kill(_pids(tmp_path)[0], signal.SIGKILL)
        assert eventually(lambda: any("cannot be started" in line for line in lines))
        log.rmdir()
        assert eventually(lambda: len(_pids(tmp_path)) == 2)


def test_a_program_that_does_not_stay_alive_fails_with_what_it_said(tmp_path: Path) -> None:
    program = python(tmp_path, "import sys; sys.exit('the disk is full')")

    with (
        Supervisor(lambda _line: None, QUICK) as supervisor,
        pytest.raises(ProgramFailed, match=r"child does not stay alive.*\n.*the disk is full"),
    ):
        supervisor.start(program, lambda: False, timeout_s=60)


def test_a_program_that_is_never_ready_fails(tmp_path: Path) -> None:
    program = python(tmp_path, "import time; time.sleep(600)")

    with (
        Supervisor(lambda _line: None, QUICK) as supervisor,
        pytest.raises(ProgramFailed, match="was not ready after"),
    ):
        supervisor.start(program, lambda: False, timeout_s=0.2)


def test_the_last_started_ends_first(tmp_path: Path) -> None:
    with Supervisor(lambda _line: None) as supervisor:
        for name in ("postgres", "worker", "bot"):
            script = NOTE_ITS_END.replace("NAME", repr(name))
            supervisor.start(python(tmp_path, script, name), (tmp_path / name).exists, 20)

    assert (tmp_path / "ends").read_text().split() == ["bot", "worker", "postgres"]


def test_one_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    program = python(tmp_path, IGNORE_EVERYTHING_WITH_A_CHILD, stop_timeout_s=0.2)
    with Supervisor(lambda _line: None) as supervisor:
        supervisor.start(program, lambda: len(_pids(tmp_path)) == 2, 20)

    assert eventually(lambda: not any(alive(pid) for pid in _pids(tmp_path)))


def test_what_a_dead_program_started_does_not_meet_the_next_one(tmp_path: Path) -> None:
    program = python(tmp_path, IGNORE_EVERYTHING_WITH_A_CHILD, stop_timeout_s=0.2)
    with Supervisor(lambda _line: None, QUICK) as supervisor:
        supervisor.start(program, lambda: len(_pids(tmp_path)) == 2, 20)
        leader, child = _pids(tmp_path)
        os.kill(leader, signal.SIGKILL)

        assert eventually(lambda: not alive(child))


def test_programs_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE_UNTIL_KILLED, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == "started\n"
        holder.kill()

    assert eventually(lambda: not any(alive(pid) for pid in _pids(tmp_path)))


def test_a_terminals_ctrl_c_does_not_reach_programs(tmp_path: Path) -> None:
    with Supervisor(lambda _line: None, QUICK) as supervisor:
        program = python(tmp_path, WRITE_PID_AND_SLEEP)
        supervisor.start(program, lambda: len(_pids(tmp_path)) == 1, 20)

        assert os.getpgid(_pids(tmp_path)[0]) != os.getpgid(0)
        assert os.getsid(_pids(tmp_path)[0]) != os.getsid(0)


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(first_s=1, longest_s=30)

    assert [backoff.delay_s(deaths) for deaths in (1, 2, 3, 6, 500)] == [1, 2, 4, 30, 30]


def test_a_program_that_lived_long_begins_anew(tmp_path: Path) -> None:
    lines: list[str] = []
    healthy_at_once = Backoff(first_s=0.0, longest_s=1000.0, healthy_s=0.0)
    with Supervisor(lines.append, healthy_at_once) as supervisor:
        supervisor.start(python(tmp_path, ""), _always, 20)
        assert eventually(lambda: len(lines) >= 4)


def test_a_large_log_is_put_aside_and_a_small_one_stays(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    rotate(log, limit_bytes=10)
    log.write_text("0123456789")
    rotate(log, limit_bytes=10)
    assert log.exists()

    log.write_text("0123456789+")
    rotate(log, limit_bytes=10)
    assert not log.exists()
    assert (tmp_path / "worker.log.1").read_text() == "0123456789+"
