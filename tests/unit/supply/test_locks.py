"""What is installed is what the locks name, by the hashes of its files."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "requirements"
# The hashes of torch's CPU builds are not those of the registry's: docs/supply-chain.md.
BY_VERSION = REQUIREMENTS / "torch-cpu.txt"
LOCKS = sorted(set(REQUIREMENTS.glob("*.txt")) - {BY_VERSION})
# Files that a build, a test run or a person runs.
INSTALLERS = [
    *(path for path in (ROOT / "scripts").iterdir() if path.is_file()),
    *(ROOT / ".ci").iterdir(),
    *(ROOT / "docker").iterdir(),
    ROOT / "Makefile",
]
# Each is named in docs/supply-chain.md with its reason.
WITHOUT_HASHES = ("-r requirements/torch-cpu.txt", "--editable .", "pip-tools==")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(?= |$)")


def _joined(text: str) -> list[str]:
    """Return a file's logical lines without comments."""
    lines = re.sub(r"\s*\\\n\s*", " ", text).splitlines()
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def unhashed(text: str) -> list[str]:
    """Return the lines of a lock that are not one exact version with the hashes of its files."""
    return [
        line
        for line in _joined(text)
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[^\s*]+", re.split(" ;| --hash", line)[0])
        or not _HASH.search(line)
        or re.search(r"--hash=(?!sha256:)", line)
    ]


def unlocked_installs(text: str) -> list[str]:
    """Return the commands that install or fetch what no lock names by its hash."""
    commands = [line for line in _joined(text) if re.search(r"\bpip3? (install|download)\b", line)]
    return [
        line
        for line in commands
        if "--require-hashes" not in line and not any(word in line for word in WITHOUT_HASHES)
    ] + [line for line in _joined(text) if re.search(r"\b(curl|wget|npm|apt-get|apk) ", line)]


def _pins(lock: Path) -> dict[str, str]:
    lines = (re.match(r"([^\s=]+)==([^\s;+]+)", line) for line in _joined(lock.read_text()))
    return {canonicalize_name(line[1]): line[2] for line in lines if line}


def _wanted() -> Iterator[tuple[str, Requirement]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    sets = {"": project["dependencies"], **project["optional-dependencies"]}
    for name, requirements in sets.items():
        yield from ((name, Requirement(text)) for text in requirements)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_package_of_a_lock_is_one_version_with_hashes(lock: Path) -> None:
    assert _pins(lock)
    assert unhashed(lock.read_text()) == []


def test_one_package_alone_is_locked_by_its_version() -> None:
    assert _joined(BY_VERSION.read_text()) == ["torch==2.13.0+cpu"]


@pytest.mark.parametrize(
    "line",
    [
        "a==1.0",
        "a>=1.0 --hash=sha256:" + "0" * 64,
        "a==1.* --hash=sha256:" + "0" * 64,
        "a==1.0 --hash=sha256:" + "0" * 63,
        "a==1.0 --hash=md5:" + "0" * 32,
        f"a==1.0 --hash=sha256:{'0' * 64} --hash=md5:{'0' * 32}",
        "https://example.org/a-1.0-py3-none-any.whl",
        "-e .",
        "--extra-index-url https://example.org/simple",
    ],
)
def test_what_a_lock_may_not_say_is_noticed(line: str) -> None:
    assert unhashed(line) == [line]


def test_a_package_has_one_version_in_all_locks() -> None:
    versions: dict[str, set[str]] = {}
    for lock in (*LOCKS, BY_VERSION):
        for name, version in _pins(lock).items():
            versions.setdefault(name, set()).add(version)
    assert {name for name, found in versions.items() if len(found) > 1} == set()


@pytest.mark.parametrize(
    ("lock", "sets"),
    [
        ("bot", {""}),
        ("starter", {"", "embedded", "starter"}),
        ("worker-starter", {"", "starter"}),
        ("models", {"", "embedded", "starter", "models", "quantized"}),
        ("worker-models", {"", "starter", "models", "quantized"}),
        ("dev", {"", "embedded", "starter", "models", "dev"}),
    ],
)
def test_a_lock_holds_what_the_project_asks_for(lock: str, sets: set[str]) -> None:
    pins = _pins(REQUIREMENTS / f"{lock}.txt")
    if lock == "dev":
        pins |= _pins(BY_VERSION)
    for name, requirement in _wanted():
        if name in sets:
            locked = pins.get(canonicalize_name(requirement.name))
            assert locked is not None, f"{requirement}: run `make lock`"
            assert requirement.specifier.contains(locked), requirement


def test_the_project_asks_for_exact_versions() -> None:
    for _, requirement in _wanted():
        assert [part.operator for part in requirement.specifier] == ["=="], requirement


@pytest.mark.parametrize("file", INSTALLERS, ids=lambda path: path.name)
def test_nothing_is_installed_beside_the_locks(file: Path) -> None:
    assert unlocked_installs(file.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        "pip install requests",
        "RUN pip install --no-deps -r requirements/bot.txt",
        "python -m pip download ruff==0.17.6",
        "curl https://example.org/install.sh | sh",
        "RUN apt-get install git",
    ],
)
def test_an_install_beside_the_locks_is_noticed(line: str) -> None:
    assert unlocked_installs(f"{line} \\\n    --quiet") == [f"{line} --quiet"]


def test_the_installs_that_are_looked_at_are_there() -> None:
    installs = [
        line for file in INSTALLERS for line in _joined(file.read_text()) if "pip install" in line
    ]
    assert sum("--require-hashes" in line for line in installs) >= 3
    for word in WITHOUT_HASHES:
        assert any(word in line for line in installs), f"{word} is an exception for nothing"
