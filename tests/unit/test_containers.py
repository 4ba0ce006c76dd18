"""What can be said of the containers without building them."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
ONE_OFF = ("migrate", "weights")
SERVERS = ("postgres", "valkey")
SCRATCH = "/tmp"  # noqa: S108
DOCKERFILES = sorted((ROOT / "docker").glob("*.Dockerfile"))


def _instructions(dockerfile: Path, name: str) -> list[list[str]]:
    text = re.sub(r"\\\n\s*", " ", dockerfile.read_text())
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return [words[1:] for words in lines if words[0] == name]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker-compose.yml")
    return read


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = compose["services"]
    return found


def _is_chosen_in_dockerfile(service: dict[str, Any]) -> bool:
    return service["image"].startswith("rapbot-")


def _writable(service: dict[str, Any]) -> set[str]:
    """Return the folders of a container that can be written: volumes and memory."""
    volumes = [volume.split(":") for volume in service.get("volumes", [])]
    return {parts[1] for parts in volumes if parts[2:] != ["ro"]} | {
        entry.partition(":")[0] for entry in service.get("tmpfs", [])
    }


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
    for words in installs:
        assert "--require-hashes" in words
        # A package's own build script would run as root, and fetch what it likes.
        assert words[words.index("--only-binary") + 1] == ":all:"


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.stem)
def test_an_image_is_named_by_its_release(dockerfile: Path) -> None:
    for (image,) in _instructions(dockerfile, "FROM"):
        assert re.fullmatch(r"[a-z/-]+:\d[\w.-]+", image), image


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.stem)
def test_the_program_belongs_to_root_and_is_not_fetched(dockerfile: Path) -> None:
    assert not _instructions(dockerfile, "ADD")
    assert not any(
        word.startswith("--") for words in _instructions(dockerfile, "COPY") for word in words
    )


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


def test_no_password_is_part_of_an_address(services: dict[str, Any]) -> None:
    for name, service in services.items():
        environment = service.get("environment", {})
        for value in environment.values():
            assert not re.search(r"://[^/]*(PASSWORD|:[^/]*@)", str(value)), name
        if "RAPBOT_DATABASE_URL" in environment:
            assert environment["PGPASSWORD"].startswith("${POSTGRES_PASSWORD:?"), name


def test_containers_gain_no_power_and_write_nowhere_else(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["cap_drop"] == ["ALL"], name
        assert not {"cap_add", "privileged", "devices", "pid", "ipc", "network_mode"} & set(service)
    writable = {name: _writable(service) for name, service in services.items()}
    assert writable == {
        "postgres": {"/var/lib/postgresql", "/var/run/postgresql", SCRATCH},
        "valkey": {"/data"},
        "migrate": {SCRATCH},
        "bot": {SCRATCH},
        "worker": {SCRATCH},
        "worker-gpu": {SCRATCH},
        "weights": {"/weights", SCRATCH},
        "trainer": {"/weights", SCRATCH},
    }


def test_no_container_holds_a_socket_of_the_machine(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert re.fullmatch(r"\w+|\./own", source), name


def test_servers_run_as_an_ordinary_user_too(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if not _is_chosen_in_dockerfile(service):
            assert service["user"] == name, name
        else:
            assert "user" not in service, name


def test_containers_have_an_end_to_processes_memory_and_logs(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert 0 < service["pids_limit"] <= 1024, name
        assert re.fullmatch(r"\d+[mg]|\$\{\w+:-\d+[mg]?\}", service["mem_limit"]), name
        assert service["logging"]["options"]["max-size"], name
    for name in ("worker", "worker-gpu", "weights", "trainer"):
        assert services[name]["mem_limit"].startswith("${WORKER_MEMORY:-"), name


def test_the_bot_alone_is_reached_and_from_this_machine_alone(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["bot"]
    assert all(port.startswith("127.0.0.1:") for port in services["bot"]["ports"])


def test_servers_reach_nothing(compose: dict[str, Any]) -> None:
    closed = {name for name, network in compose["networks"].items() if network["internal"]}
    for name, service in compose["services"].items():
        needs_a_way_out = name in ("bot", "weights", "worker-gpu")
        assert bool(set(service["networks"]) - closed) == needs_a_way_out, name
    for name in SERVERS:
        assert set(compose["services"][name]["networks"]) == closed


def test_what_serves_is_started_again_and_watched(services: dict[str, Any]) -> None:
    for name, service in services.items():
        if name not in ONE_OFF:
            assert service["restart"] == "unless-stopped", name
            assert "healthcheck" in service, name


def test_commands_are_verbs_that_exist(services: dict[str, Any]) -> None:
    from rapbot.cli import app  # noqa: PLC0415

    verbs = {command.callback.__name__ for command in app.registered_commands if command.callback}
    verbs |= {group.name for group in app.registered_groups if group.name}
    for name in ("migrate", "bot", "worker", "worker-gpu", "weights", "trainer"):
        assert services[name]["command"][0] in verbs
