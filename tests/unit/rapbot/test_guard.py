import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rapbot.services import identity
from rapbot.services.identity import SAME_USER, Identity

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def _run(who: Identity, script: str) -> str:
    command = (sys.executable, "-I", "-S", "-c", script)
    done = subprocess.run(
        who.guarded(command, signal.SIGKILL), capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_program_whose_parent_is_gone_does_not_start(tmp_path: Path) -> None:
    command = SAME_USER.guarded(("/bin/touch", str(tmp_path / "started")), signal.SIGKILL)
    not_the_parent = ["1" if part == str(os.getpid()) else part for part in command]

    done = subprocess.run(not_the_parent, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "is gone" in done.stderr
    assert not (tmp_path / "started").exists()


def test_nobody_else_is_needed_for_an_ordinary_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert identity.for_postgres(tmp_path) == SAME_USER


@as_root
def test_root_is_somebody_else_to_itself_and_root_to_files(tmp_path: Path) -> None:
    if not identity.namespaces_work():
        pytest.skip("this container allows no user namespaces")
    made = tmp_path / "made"
    who = identity.in_namespace()

    seen = _run(who, f"import os; open({str(made)!r}, 'w'); print(os.geteuid())")

    assert int(seen) == who.uid != 0
    assert made.stat().st_uid == 0


@as_root
def test_root_without_namespaces_becomes_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "namespaces_work", lambda: False)

    who = identity.for_postgres(tmp_path / "not there yet")

    assert who.mode == "user"
    assert who.uid != 0


@as_root
def test_data_of_another_user_is_served_as_that_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12346)

    assert identity.for_postgres(tmp_path) == Identity("user", 12345, 12346)


@as_root
def test_another_user_keeps_no_groups_of_root() -> None:
    who = Identity("user", 12345, 12346)
    done = subprocess.run(
        who.guarded(("/usr/bin/id",), signal.SIGKILL), capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "uid=12345 gid=12346 groups=12346"
