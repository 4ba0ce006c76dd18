"""Ask an advisory service about every package of every lock, and fail on what it knows.

Usage: python scripts/audit.py [--required] [--locks FOLDER] [--osv-url URL]

Ends with 1 for an advisory without a documented exception, for an exception that has ended, and for
a package that the service could not look up. Where no service can be reached it says so and ends
with 0, or with 1 under `--required`.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from audit_exceptions import FILE, AuditFailed, DocumentedException, canonical, read_exceptions

ROOT = Path(__file__).resolve().parent.parent
# A service that knows nothing against this release knows nothing at all: mirrors of a registry
# answer for packages and have no advisories, and pip-audit then finds everything in order.
KNOWN_BAD = "pillow==9.0.0"
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;+]+)", re.MULTILINE)
_TO_JSON = ("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")


@dataclass(frozen=True, slots=True)
class Finding:
    """One advisory against one locked package; `ids` are its names in all databases."""

    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]

    def is_covered_by(self, exception: DocumentedException) -> bool:
        """Return whether an exception is for this advisory of this package."""
        return exception.package == self.package and exception.advisory in self.ids


def locked_pins(folder: Path) -> list[str]:
    """Return each package of each lock once, for whatever machine it is.

    The build of a version (`+cpu`) is left out: advisories are for versions.

    Raises:
        AuditFailed: the folder holds no lock.
    """
    text = "\n".join(lock.read_text(encoding="utf-8") for lock in folder.glob("*.txt"))
    pins = {f"{canonical(name)}=={version}" for name, version in _PIN.findall(text)}
    if not pins:
        raise AuditFailed(f"{folder} holds no lock.")
    return sorted(pins)


def ask(service: Sequence[str], pins: Iterable[str]) -> list[dict[str, Any]]:
    """Return what pip-audit reports of each package.

    Raises:
        AuditFailed: it reported nothing; the message is the last that it said.
    """
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "pins.txt"
        wanted.write_text("\n".join(pins), encoding="utf-8")
        done = _pip_audit("--requirement", str(wanted), *_TO_JSON, *service)
    try:
        reported: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        raise AuditFailed(f"pip-audit: {_last_words(done)}") from None
    return reported


def _pip_audit(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pip_audit", *words], capture_output=True, text=True, check=False
    )


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]


def check_tool() -> None:
    """Check that pip-audit runs: without it every service would seem to be away.

    Raises:
        AuditFailed: it does not.
    """
    done = _pip_audit("--version")
    if done.returncode:
        raise AuditFailed(f"pip-audit does not run: {_last_words(done)}")


def findings_of(reported: Iterable[dict[str, Any]]) -> list[Finding]:
    """Return all advisories of a report."""
    return [
        Finding(
            canonical(package["name"]),
            package["version"],
            (advisory["id"], *advisory["aliases"]),
            tuple(advisory["fix_versions"]),
        )
        for package in reported
        for advisory in package.get("vulns", ())
    ]


def why_away(service: Sequence[str]) -> str | None:
    """Return why a service cannot be asked, or None if it can."""
    try:
        knows = findings_of(ask(service, [KNOWN_BAD]))
    except AuditFailed as error:
        return str(error)
    return None if knows else f"it answers, and knows nothing against {KNOWN_BAD}"


def judge(reported: list[dict[str, Any]], exceptions: list[DocumentedException]) -> list[str]:
    """Return what is wrong, a line each; print what an exception covers, and what none is for."""
    findings = findings_of(reported)
    open_ones = [f for f in findings if not any(f.is_covered_by(e) for e in exceptions)]
    for exception in exceptions:
        is_needed = any(finding.is_covered_by(exception) for finding in findings)
        what = f"accepted until {exception.until}" if is_needed else "not needed any more"
        _say(f"{exception.package} {exception.advisory}: {what} ({exception.reason})")
    return [_line(finding) for finding in open_ones] + [
        f"{package['name']}: {package['skip_reason']}"
        for package in reported
        if "skip_reason" in package
    ]


def _line(finding: Finding) -> str:
    mended = f"mended in {', '.join(finding.fixed_in)}" if finding.fixed_in else "mended nowhere"
    return f"{finding.package} {finding.version}: {', '.join(finding.ids)}; {mended}"


def audit(folder: Path, services: dict[str, Sequence[str]], *, required: bool) -> int:
    """Ask the first service that can be asked; return the exit status."""
    exceptions = read_exceptions(folder / FILE, datetime.now(UTC).date())
    pins = locked_pins(folder)
    away = {}
    for name, service in services.items():
        if reason := why_away(service):
            away[name] = reason
            continue
        problems = judge(ask(service, pins), exceptions)
        _say(*problems, f"{len(pins)} packages audited with {name}, {len(problems)} problems.")
        return 1 if problems else 0
    check_tool()
    rule = "=" * 80
    _say(rule, f"NOT AUDITED: no advisory service answered for {len(pins)} packages.")
    _say(*(f"  {name}: {reason}" for name, reason in away.items()), rule)
    return 1 if required else 0


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--required", action="store_true", help="fail where no service answers")
    parser.add_argument("--locks", type=Path, default=ROOT / "requirements", help="their folder")
    parser.add_argument("--osv-url", help="ask this OSV service, and no other")
    chosen = parser.parse_args()
    services: dict[str, Sequence[str]] = {
        "PyPI": ("--vulnerability-service", "pypi"),
        "OSV": ("--vulnerability-service", "osv"),
    }
    if chosen.osv_url:
        services = {"OSV": ("--vulnerability-service", "osv", "--osv-url", chosen.osv_url)}
    try:
        return audit(chosen.locks, services, required=chosen.required)
    except AuditFailed as error:
        _say(str(error))
        return 1


if __name__ == "__main__":
    sys.exit(main())
