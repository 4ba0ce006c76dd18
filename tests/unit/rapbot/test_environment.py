from pathlib import Path

from pydantic import SecretStr

from config import Settings
from rapbot.environment import for_children
from tests.services import bare_settings


def _read_by_a_child(environment: dict[str, str]) -> Settings:
    names = {name.removeprefix("RAPBOT_").lower(): value for name, value in environment.items()}
    return Settings(_env_file=None, **names)


def test_a_child_reads_the_same_settings(tmp_path: Path) -> None:
    settings = bare_settings(
        tmp_path, telegram_token=SecretStr("1:secret"), admins=(1, 2), job_lease_s=1.5
    )

    assert _read_by_a_child(for_children(settings, {})) == settings


def test_what_was_not_set_stays_the_childs_default(tmp_path: Path) -> None:
    assert set(for_children(bare_settings(tmp_path), {})) == {"RAPBOT_DATA_DIR"}


def test_the_rest_of_the_environment_is_inherited(tmp_path: Path) -> None:
    given = {"PATH": "/bin", "RAPBOT_DATA_DIR": "/old"}

    assert for_children(bare_settings(tmp_path), given) == {
        "PATH": "/bin",
        "RAPBOT_DATA_DIR": str(tmp_path),
    }


def test_a_setting_taken_back_is_empty_for_the_child(tmp_path: Path) -> None:
    settings = bare_settings(tmp_path, telegram_token=None)

    assert (
        for_children(settings, {"RAPBOT_TELEGRAM_TOKEN": "1:secret"})["RAPBOT_TELEGRAM_TOKEN"] == ""
    )
