"""Which processes `rapbot up` keeps alive."""

from pathlib import Path

import pytest

from rapbot.cli.up import _roles
from tests.services import bare_settings

TRAINABLE = """
title = "A language model in this process"
detector = { kind = "ssd" }
encoder = { kind = "lite0" }

[generator]
kind = "transformers"
name = "small"
source = { repo = "tests/small-llava" }
context = 1024
"""


@pytest.mark.parametrize(
    ("profile", "token", "names"),
    [
        ("starter", None, ["worker"]),
        ("starter", "1:token", ["worker", "bot"]),
        ("openai", None, ["worker"]),
        ("trainable", "1:token", ["worker", "trainer", "bot"]),
    ],
)
def test_a_trainer_is_one_of_them_where_there_is_something_to_train(
    tmp_path: Path, profile: str, token: str | None, names: list[str]
) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "trainable.toml").write_text(TRAINABLE)
    settings = bare_settings(tmp_path, profile=profile, telegram_token=token)
    assert [role.name for role in _roles(settings)] == names


def test_a_trainer_gets_time_for_its_last_checkpoint(tmp_path: Path) -> None:
    from rapbot.roles import trainer_role, worker_role  # noqa: PLC0415
    from workers.tasks.train import GRACE_S  # noqa: PLC0415

    assert trainer_role().stop_timeout_s > GRACE_S > 0
    assert worker_role().stop_timeout_s < trainer_role().stop_timeout_s
