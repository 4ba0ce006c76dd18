import os
import platform
from pathlib import Path

import pytest
from pydantic import SecretStr

from config import Settings
from rapbot.doctor import Finding, data, examine, machine, servers, telegram
from rapbot.layout import Layout
from rapbot.services import identity
from rapbot.services.lock import System, announce, only_one
from tests.services import bare_settings


def test_findings_come_in_the_order_of_the_checks(tmp_path: Path) -> None:
    def first(_settings: Settings) -> Finding:
        return Finding.fine("first", "good")

    def second(_settings: Settings) -> Finding:
        return Finding.problem("second", "bad", "mend it")

    assert examine(bare_settings(tmp_path), [first, second]) == [
        Finding("first", ok=True, says="good"),
        Finding("second", ok=False, says="bad", mend="mend it"),
    ]


def test_a_check_that_breaks_is_a_problem_that_tells_no_secret(tmp_path: Path) -> None:
    def a_check_of_mine(_settings: Settings) -> Finding:
        raise RuntimeError("password=hunter2")

    (finding,) = examine(bare_settings(tmp_path), [a_check_of_mine])

    assert not finding.ok
    assert finding.name == "a check of mine"
    assert "hunter2" not in f"{finding}"


def test_a_fresh_machine_is_fine_and_nothing_is_made(tmp_path: Path) -> None:
    settings = bare_settings(tmp_path / "data")
    checks = (
        machine.python_version,
        machine.platform_has_wheels,
        machine.memory,
        data.data_dir_is_usable,
        data.sockets_work,
        data.can_leave_root,
        servers.postgres_runs,
        servers.valkey_runs,
        servers.database_has_pgvector,
        servers.broker_answers,
        telegram.token_is_known,
        data.system_runs,
    )

    assert [finding for finding in examine(settings, checks) if not finding.ok] == []
    assert not settings.data_dir.exists()


@pytest.mark.parametrize(
    ("system", "arch", "libc"),
    [
        ("Darwin", "arm64", ("", "")),
        ("Linux", "riscv64", ("glibc", "2.39")),
        ("Linux", "x86_64", ("glibc", "2.17")),
        ("Linux", "x86_64", ("", "")),
    ],
)
def test_a_platform_without_wheels_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, system: str, arch: str, libc: tuple[str, str]
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: arch)
    monkeypatch.setattr(platform, "libc_ver", lambda: libc)

    assert not machine.platform_has_wheels(bare_settings(tmp_path)).ok


def test_a_data_directory_below_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    finding = data.data_dir_is_usable(bare_settings(tmp_path / "file" / "data"))

    assert not finding.ok
    assert "RAPBOT_DATA_DIR" in finding.mend


def test_a_disk_that_is_full_is_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(data, "_DISK_BYTES", 1 << 80)

    assert not data.disk_space(bare_settings(tmp_path)).ok


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up power")
def test_a_folder_that_root_enters_only_by_its_power_is_a_problem(tmp_path: Path) -> None:
    theirs = tmp_path / "home of somebody"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)
    theirs.chmod(0o700)

    finding = data.can_leave_root(bare_settings(theirs / "data"))

    assert not finding.ok
    assert str(theirs) in finding.says


def test_a_folder_that_an_ordinary_user_enters_is_fine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(identity.os, "geteuid", lambda: 1000)

    assert data.can_leave_root(bare_settings(tmp_path)).ok


def test_a_running_system_is_told(tmp_path: Path) -> None:
    layout = Layout.of(tmp_path)
    layout.create()
    with only_one(layout):
        announce(layout, System(123, "starter", "postgresql://x", "redis://x"))

        assert "process 123" in data.system_runs(bare_settings(tmp_path)).says


def test_servers_that_do_not_answer_are_problems_without_their_passwords(tmp_path: Path) -> None:
    settings = bare_settings(
        tmp_path,
        database_url=SecretStr("postgresql+psycopg://me:hunter2@127.0.0.1:1/x"),
        redis_url=SecretStr("redis://:hunter2@127.0.0.1:1/0"),
    )
    findings = [servers.database_has_pgvector(settings), servers.broker_answers(settings)]

    assert [finding.ok for finding in findings] == [False, False]
    assert "hunter2" not in f"{findings}"


def test_missing_binaries_are_a_problem(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("rapbot.services.binaries.find_spec", lambda _name: None)
    settings = bare_settings(tmp_path)

    for check in (servers.postgres_runs, servers.valkey_runs):
        finding = check(settings)
        assert not finding.ok
        assert "make run" in finding.mend


def test_an_unreachable_telegram_is_a_problem_without_the_token(tmp_path: Path) -> None:
    settings = bare_settings(
        tmp_path,
        telegram_token=SecretStr("123:hunter2"),
        telegram_base_url="http://127.0.0.1:1/bot",
    )
    finding = telegram.token_is_known(settings)

    assert not finding.ok
    assert "hunter2" not in f"{finding}"
