import subprocess
import sys
from pathlib import Path

import pytest

from rapbot.errors import AlreadyRunning
from rapbot.layout import Layout
from rapbot.services.lock import System, announce, only_one, running_system

SYSTEM = System(
    pid=123, profile="starter", database_url="postgresql://x:pw@/", redis_url="redis://"
)

HOLD_UNTIL_KILLED = """
import sys, time
from pathlib import Path
from rapbot.layout import Layout
from rapbot.services.lock import System, announce, only_one
layout = Layout.of(Path(sys.argv[1]))
with only_one(layout):
    announce(layout, System(pid=1, profile="starter", database_url="", redis_url=""))
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout.of(tmp_path / "data")
    layout.create()
    return layout


def test_the_second_one_is_refused_and_told_who_is_first(layout: Layout) -> None:
    with only_one(layout):
        announce(layout, SYSTEM)
        refused = pytest.raises(AlreadyRunning, match=r"running on .*data \(process 123\)")
        with refused, only_one(layout):
            pass


def test_the_next_one_may_follow(layout: Layout) -> None:
    with only_one(layout):
        pass
    with only_one(layout):
        pass


def test_a_running_system_is_found(layout: Layout) -> None:
    with only_one(layout):
        assert running_system(layout.data_dir) is None, "it is not ready yet"
        announce(layout, SYSTEM)
        assert running_system(layout.data_dir) == SYSTEM
    assert running_system(layout.data_dir) is None


def test_no_data_directory_means_no_system(tmp_path: Path) -> None:
    assert running_system(tmp_path / "nothing") is None
    assert not (tmp_path / "nothing").exists()


def test_only_its_owner_reads_where_it_is(layout: Layout) -> None:
    with only_one(layout):
        announce(layout, SYSTEM)
        assert (layout.run_dir / "system.json").stat().st_mode & 0o777 == 0o600


def test_passwords_are_not_in_a_log_of_it() -> None:
    assert "pw" not in repr(SYSTEM)


def test_looking_does_not_keep_a_system_from_starting(layout: Layout) -> None:
    for _ in range(50):
        running_system(layout.data_dir)
        with only_one(layout):
            pass


def test_a_killed_one_leaves_no_lock_and_no_trace(layout: Layout) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD_UNTIL_KILLED, layout.data_dir],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == "held\n"
        assert running_system(layout.data_dir) is not None
        holder.kill()

    assert running_system(layout.data_dir) is None
    with only_one(layout):
        assert running_system(layout.data_dir) is None
