import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from config import Settings
from rapbot.errors import AlreadyRunning, DataDirUnusable
from rapbot.layout import Layout
from rapbot.services import identity, postgres
from rapbot.services.binaries import postgres_binary
from rapbot.services.lock import running_system
from rapbot.system import joined_system, started_system
from tests.integration.services.systems import processes_of, system_in_another_process
from tests.services import bare_settings, broker_of
from tests.unit.rapbot.programs import eventually

pytestmark = pytest.mark.integration


def _query(settings: Settings, statement: str) -> object:
    assert settings.database_url is not None
    engine = create_engine(settings.database_url.get_secret_value(), poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def _keep(settings: Settings, value: str) -> None:
    _query(settings, "DROP TABLE IF EXISTS kept")
    _query(settings, f"CREATE TABLE kept AS SELECT '{value}' AS value")


def _kept(settings: Settings) -> object:
    return _query(settings, "SELECT value FROM kept")


def _postmaster(data_dir: Path) -> int:
    return int((Layout.of(data_dir).postgres_dir / "postmaster.pid").read_text().split()[0])


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory of a system that ran before: such a one starts in an instant."""
    data_dir = tmp_path_factory.mktemp("used")
    with started_system(bare_settings(data_dir)):
        return data_dir


def test_a_first_start_has_both_servers_and_the_newest_schema(tmp_path: Path) -> None:
    with started_system(bare_settings(tmp_path)) as settings:
        assert _query(settings, "SELECT extversion FROM pg_extension WHERE extname = 'vector'")
        assert _query(settings, "SELECT version_num FROM alembic_version")
        assert _query(settings, "SHOW server_encoding") == "UTF8"
        assert _query(settings, "SELECT lower('ÄÖ')") == "äö"
        with broker_of(settings) as client:
            assert client.ping()
            assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"

    assert processes_of(tmp_path) == []


def test_no_server_listens_on_the_network(services: Settings) -> None:
    assert _query(services, "SHOW listen_addresses") == ""
    with broker_of(services) as client:
        assert client.config_get("port")["port"] == "0"


def test_data_is_there_after_a_clean_stop_but_the_queue_is_not(used: Path) -> None:
    with started_system(bare_settings(used)) as settings:
        _keep(settings, "yes")
        with broker_of(settings) as client:
            client.set("queued", "yes")

    with started_system(bare_settings(used)) as settings:
        assert _kept(settings) == "yes"
        with broker_of(settings) as client:
            assert client.get("queued") is None


def test_a_second_system_is_refused_and_the_first_goes_on(used: Path) -> None:
    with started_system(bare_settings(used)) as settings:
        with pytest.raises(AlreadyRunning), started_system(bare_settings(used)):
            pass

        assert _query(settings, "SELECT 1") == 1


def test_verbs_join_the_system_that_runs(used: Path) -> None:
    with (
        started_system(bare_settings(used)) as running,
        joined_system(bare_settings(used)) as joined,
    ):
        assert joined.database_url == running.database_url
        assert joined.redis_url == running.redis_url


def test_without_a_running_system_a_verb_has_one_of_its_own(used: Path) -> None:
    with joined_system(bare_settings(used)) as settings:
        assert _query(settings, "SELECT 1") == 1
        system = running_system(used)
        assert system is not None
        assert system.pid == os.getpid()

    assert running_system(used) is None


def test_a_path_too_long_for_sockets_works(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long" * 30) / "with a space, 50% more"

    with started_system(bare_settings(data_dir)) as settings:
        assert _query(settings, "SELECT 1") == 1
        with broker_of(settings) as client:
            assert client.ping()


def test_servers_that_settings_name_are_used(services: Settings, tmp_path: Path) -> None:
    named = bare_settings(
        tmp_path, database_url=services.database_url, redis_url=services.redis_url
    )
    with started_system(named) as settings:
        assert settings.database_url == services.database_url
        assert processes_of(tmp_path) == []


def test_a_killed_supervisor_takes_the_servers_along(used: Path) -> None:
    with system_in_another_process(used) as process:
        assert processes_of(used, "postgres")
        assert processes_of(used, "valkey")
        process.kill()

        assert eventually(lambda: processes_of(used) == [])


def test_after_everything_is_killed_every_committed_row_is_there(used: Path) -> None:
    with system_in_another_process(used) as process:
        system = running_system(used)
        assert system is not None
        settings = bare_settings(used, database_url=system.database_url)
        _keep(settings, "yes")
        # The supervisor stands still, so that it neither revives nor ends what is killed.
        process.send_signal(signal.SIGSTOP)
        for pid in [*processes_of(used), process.pid]:
            os.kill(pid, signal.SIGKILL)

    with started_system(bare_settings(used)) as settings:
        assert _kept(settings) == "yes"


def test_a_server_that_outlived_its_supervisor_is_ended_by_the_next(used: Path) -> None:
    layout = Layout.of(used)
    program = postgres.program(layout)
    # Signal 0: the kernel shall not tell it of anybody's death.
    command = program.identity.guarded(program.command, death_signal=0)
    orphan = subprocess.Popen(command, env=dict(program.environment), stderr=subprocess.DEVNULL)
    assert eventually(lambda: postgres.answers(layout))

    with started_system(bare_settings(used)) as settings:
        assert _query(settings, "SELECT 1") == 1
        assert orphan.wait(timeout=10) == 0


def test_an_interrupted_first_start_leaves_nothing_that_looks_like_a_database(
    tmp_path: Path,
) -> None:
    unfinished = tmp_path / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")

    with started_system(bare_settings(tmp_path)) as settings:
        assert _query(settings, "SELECT 1") == 1
    assert not unfinished.exists()


def test_a_killed_server_is_started_again_with_its_rows(used: Path) -> None:
    with started_system(bare_settings(used)) as settings:
        _keep(settings, "yes")
        os.kill(_postmaster(used), signal.SIGKILL)

        assert eventually(lambda: _answers(settings))
        assert _kept(settings) == "yes"


def test_a_number_that_another_process_has_now_does_not_keep_postgres_from_starting(
    used: Path,
) -> None:
    """After a reboot the number in postmaster.pid is often somebody else's."""
    with started_system(bare_settings(used)):
        stale = (Layout.of(used).postgres_dir / "postmaster.pid").read_text()
    lines = stale.splitlines(keepends=True)
    (Layout.of(used).postgres_dir / "postmaster.pid").write_text(
        "".join([f"{os.getpid()}\n", *lines[1:]])
    )

    with started_system(bare_settings(used)) as settings:
        assert _query(settings, "SELECT 1") == 1


def test_data_of_another_postgres_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("15\n")

    refused = pytest.raises(DataDirUnusable, match="made by PostgreSQL 15")
    with refused, started_system(bare_settings(tmp_path)):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_where_namespaces_are_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "namespaces_work", lambda: False)
    if not _everybody_may_enter(postgres_binary("postgres").parent):
        pytest.skip("only root may enter the folder of the environment")
    with tempfile.TemporaryDirectory(prefix="rapbot-test-") as folder:
        Path(folder).chmod(0o755)  # it is to be entered by another user
        for _ in range(2):
            with started_system(bare_settings(Path(folder))) as settings:
                assert _query(settings, "SELECT 1") == 1
                assert Path(f"/proc/{_postmaster(Path(folder))}").stat().st_uid != 0


def _everybody_may_enter(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def _answers(settings: Settings) -> bool:
    try:
        return _query(settings, "SELECT 1") == 1
    except OperationalError:
        return False
