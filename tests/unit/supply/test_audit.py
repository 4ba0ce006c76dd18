"""The audit of locked packages, against an advisory service on loopback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.supply.advisories import KNOWN_BAD, Advisories, advisory, advisory_service

ROOT = Path(__file__).resolve().parents[3]
# Where nobody listens.
NOWHERE = "http://127.0.0.1:9/v1/query"
HASH = "--hash=sha256:" + "0" * 64
# What another machine's lock, a build of torch and a name's spelling bring with them.
LOCK = f"""\
# made by hand
clean-one==1.0 \\
    {HASH}
Bad_One[extra]==2.0 ; sys_platform == "win32" \\
    {HASH}
    # via clean-one
"""
BAD = ("bad-one", "2.0")


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    folder = tmp_path / "requirements"
    folder.mkdir()
    (folder / "bot.txt").write_text(LOCK)
    (folder / "torch.txt").write_text("# by its version\ntorch==2.13.0+cpu\nclean-one==1.0\n")
    (folder / "audit-exceptions.toml").write_text("")
    return folder


@pytest.fixture
def service() -> Iterator[Advisories]:
    known = [advisory("bad-one", "PYSEC-2026-1", "CVE-2026-1", fixed="2.1")]
    with advisory_service({BAD: known}) as advisories:
        yield advisories


def _except(locks: Path, **changed: str) -> None:
    """Add an exception, with other values or without those that are empty."""
    said = {"package": '"bad.one"', "advisory": '"CVE-2026-1"', "reason": '"not reached"'}
    lines = {**said, "until": "9999-01-01", **changed}
    text = "".join(f"{name} = {value}\n" for name, value in lines.items() if value)
    with (locks / "audit-exceptions.toml").open("a") as file:
        file.write(f"[[exception]]\n{text}")


def _audit(
    locks: Path, *words: str, url: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    closed = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    inherited = {"PATH": os.environ["PATH"], "HOME": str(locks), "NO_PROXY": "127.0.0.1"}
    osv = () if url is None else ("--osv-url", url)
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "audit.py", "--locks", locks, *osv, *words],
        env={**inherited, **closed, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_advisory_that_is_no_documented_exception_fails(
    locks: Path, service: Advisories
) -> None:
    done = _audit(locks, url=service.url)

    assert done.returncode == 1, done.stderr
    assert "bad-one 2.0: PYSEC-2026-1, CVE-2026-1; mended in 2.1" in done.stdout
    assert "3 packages audited with OSV, 1 problems" in done.stdout
    # Each once, whatever lock and machine it is for.
    assert sorted(service.asked) == [BAD, ("clean-one", "1.0"), KNOWN_BAD, ("torch", "2.13.0")]


def test_a_documented_exception_lets_its_advisory_pass(locks: Path, service: Advisories) -> None:
    _except(locks)
    done = _audit(locks, url=service.url)

    assert done.returncode == 0, done.stdout
    assert "bad-one CVE-2026-1: accepted until 9999-01-01 (not reached)" in done.stdout


def test_exceptions_for_something_else_let_nothing_pass(locks: Path, service: Advisories) -> None:
    _except(locks, advisory='"CVE-2026-2"')
    _except(locks, package='"clean-one"')
    done = _audit(locks, url=service.url)

    assert done.returncode == 1
    assert "bad-one 2.0: PYSEC-2026-1" in done.stdout
    assert done.stdout.count("not needed any more") == 2


def test_an_exception_that_has_ended_fails_even_where_no_service_answers(locks: Path) -> None:
    _except(locks, until="2026-01-31")
    done = _audit(locks, url=NOWHERE)

    assert done.returncode == 1
    assert "have ended:\n  bad-one CVE-2026-1, until 2026-01-31: not reached" in done.stdout


@pytest.mark.parametrize(
    "changed",
    [
        {"reason": ""},
        {"reason": '""'},
        {"until": '"9999-01-01"'},
        {"until": "9999-01-01T00:00:00"},
        {"unitl": "9999-01-01"},
        {"advisory": "7"},
        {"until": "never"},
    ],
    ids=str,
)
def test_an_exception_that_is_not_whole_fails(changed: dict[str, str], locks: Path) -> None:
    _except(locks, **changed)
    done = _audit(locks, url=NOWHERE)

    assert done.returncode == 1
    assert "audit-exceptions.toml" in done.stdout
    assert "NOT AUDITED" not in done.stdout


@pytest.mark.parametrize("text", ["[exception]\npackage = 'a'\n", "[[exceptions]]\n"])
def test_exceptions_under_another_heading_are_not_overlooked(text: str, locks: Path) -> None:
    (locks / "audit-exceptions.toml").write_text(text)
    done = _audit(locks, url=NOWHERE)

    assert done.returncode == 1
    assert "something else than [[exception]]" in done.stdout


def test_where_no_service_is_reached_the_build_is_told_and_goes_on(locks: Path) -> None:
    done = _audit(locks)

    assert done.returncode == 0, done.stdout
    assert "NOT AUDITED: no advisory service answered for 3 packages" in done.stdout
    assert "  PyPI: pip-audit: " in done.stdout
    assert "  OSV: pip-audit: " in done.stdout


def test_a_release_can_demand_that_a_service_is_reached(locks: Path) -> None:
    assert _audit(locks, "--required", url=NOWHERE).returncode == 1


def test_a_mirror_that_has_no_advisories_is_not_taken_for_a_clean_bill(
    locks: Path, service: Advisories
) -> None:
    service.known = {}
    done = _audit(locks, url=service.url)

    assert "NOT AUDITED" in done.stdout
    assert "knows nothing against pillow==9.0.0" in done.stdout
    assert service.asked == [KNOWN_BAD]


def test_a_service_that_answers_with_errors_is_away(locks: Path, service: Advisories) -> None:
    service.status = 503

    assert "NOT AUDITED" in _audit(locks, url=service.url).stdout


def test_a_service_that_breaks_in_the_middle_of_an_audit_fails_it(
    locks: Path, service: Advisories
) -> None:
    service.breaks_at = "clean-one"
    done = _audit(locks, url=service.url)

    assert done.returncode == 1
    assert "NOT AUDITED" not in done.stdout


def test_two_versions_of_a_package_are_no_reason_to_audit_neither(
    locks: Path, service: Advisories
) -> None:
    (locks / "other.txt").write_text(f"bad-one==2.1 {HASH}\n")
    done = _audit(locks, url=service.url)

    assert done.returncode == 1
    assert "bad-one has duplicate requirements" in done.stdout


def test_a_folder_without_locks_fails(tmp_path: Path) -> None:
    (tmp_path / "audit-exceptions.toml").write_text("")
    done = _audit(tmp_path, url=NOWHERE)

    assert done.returncode == 1
    assert "holds no lock" in done.stdout


def test_a_pip_audit_that_does_not_run_fails(locks: Path, tmp_path: Path) -> None:
    package = tmp_path / "broken" / "pip_audit"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import what_is_not_installed")
    done = _audit(locks, url=NOWHERE, PYTHONPATH=str(package.parent))

    assert done.returncode == 1
    assert "pip-audit does not run: ModuleNotFoundError" in done.stdout
