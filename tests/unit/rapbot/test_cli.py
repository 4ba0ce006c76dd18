"""The program as a person types it, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

from rapbot.layout import Layout
from rapbot.services.lock import System, announce, only_one


def _rapbot(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "rapbot", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_a_second_up_says_that_one_is_running(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path)
    layout.create()
    with only_one(layout):
        announce(layout, System(123, "starter", "postgresql://x", "redis://x"))
        second = _rapbot("up", RAPBOT_DATA_DIR=str(tmp_path))

    assert second.returncode == 1
    assert f"rapbot is already running on {tmp_path} (process 123)." in second.stderr
    assert "Traceback" not in second.stderr


def test_a_setting_that_cannot_be_is_one_sentence_without_its_value() -> None:
    done = _rapbot("doctor", RAPBOT_WEBHOOK_PORT="hunter2")

    assert done.returncode == 1
    assert done.stderr.startswith("Cannot use these settings: RAPBOT_WEBHOOK_PORT: ")
    assert "hunter2" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_doctor_exits_with_1_if_there_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = _rapbot("doctor", "--json", RAPBOT_DATA_DIR=str(tmp_path / "file" / "data"))

    assert done.returncode == 1
    findings = json.loads(done.stdout)
    assert {"name", "ok", "says", "mend"} == set(findings[0])
    assert "data directory" in [finding["name"] for finding in findings if not finding["ok"]]


def test_help_loads_no_library_of_models_or_servers() -> None:
    script = (
        "import sys, rapbot.cli;"
        "heavy = {'celery', 'numpy', 'onnxruntime', 'sqlalchemy', 'telegram'};"
        "print(sorted(heavy & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
