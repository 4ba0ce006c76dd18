"""What can be said of the containers without building them."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
ONE_OFF = ("migrate", "weights")
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))


def _instructions(dockerfile: Path, name: str) -> list[list[str]]:
    text = re.sub(r"\\\n\s*", " ", dockerfile.read_text())
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return [words[1:] for words in lines if words[0] == name]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
    found: dict[str, Any] = compose["services"]
    return found


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.stem)
def test_what_is_copied_is_there(dockerfile: Path) -> None:
    defaults = dict(words[0].split("=") for words in _instructions(dockerfile, "ARG"))
    for *sources, _target in _instructions(dockerfile, "COPY"):
        for source in sources:
            path = re.sub(r"\$\{(\w+)\}", lambda match: defaults[match[1]], source)
            assert (ROOT / path).exists(), path


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.stem)
def test_containers_run_as_an_ordinary_user(dockerfile: Path) -> None:
    assert _instructions(dockerfile, "USER")[-1] == ["10001"]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.stem)
def test_packages_are_installed_by_their_hashes(dockerfile: Path) -> None:
    installs = [w for w in _instructions(dockerfile, "RUN") if w[:2] == ["pip", "install"]]
    assert installs
    assert all("--require-hashes" in words for words in installs)


def test_the_bots_packages_hold_no_model_library() -> None:
    locked = (ROOT / "requirements" / "bot.txt").read_text()
    assert "python-telegram-bot==" in locked
    for library in ("torch", "onnxruntime", "opencv-python-headless"):
        assert f"\n{library}==" not in locked


def test_no_secret_stands_in_the_file(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if re.search("TOKEN|PASSWORD|SECRET", name):
                assert value is None or re.match(r"\$\{\w+:[?-]", str(value)), name


def test_what_serves_is_started_again_and_watched(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if name not in ONE_OFF:
            assert service["restart"] == "unless-stopped", name
            assert "healthcheck" in service, name


def test_commands_are_verbs_that_exist(services: dict[str, Any]) -> None:
    from rapbot.cli import app  # noqa: PLC0415

    verbs = {command.callback.__name__ for command in app.registered_commands if command.callback}
    verbs |= {group.name for group in app.registered_groups if group.name}
    for name in ("migrate", "bot", "worker", "worker-gpu", "weights"):
        assert services[name]["command"][0] in verbs
