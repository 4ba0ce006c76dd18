"""Settings that are each right and make no sense together."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rapbot.cli import app
from rapbot.doctor import CHECKS, Finding, combinations
from tests.services import bare_settings


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"access": "listed"}, "the settings name nobody"),
        ({"access": "open", "allowed": (5,)}, "RAPBOT_ALLOWED has no effect"),
        ({"access": "open", "telegram_token": "1:x"}, "does not say how to reach you"),
    ],
)
def test_a_list_that_lets_nobody_in_or_is_not_asked_is_a_warning(
    tmp_path: Path, settings: dict[str, Any], says: str
) -> None:
    finding = combinations.somebody_may_write(bare_settings(tmp_path, **settings))
    assert says in finding.says
    assert finding.ok
    assert finding.mend


@pytest.mark.parametrize(
    "settings",
    [
        {"access": "open"},
        {"access": "open", "telegram_token": "1:x", "contact": "@anna"},
        {"access": "listed", "telegram_token": "1:x", "allowed": (5,)},
        {"access": "listed", "allowed": (5,)},
        {"access": "listed", "admins": (5,)},
    ],
)
def test_who_may_write_is_fine_if_somebody_may(tmp_path: Path, settings: dict[str, Any]) -> None:
    finding = combinations.somebody_may_write(bare_settings(tmp_path, **settings))
    assert finding.ok
    assert not finding.mend


@pytest.mark.parametrize(
    ("settings", "is_fine"),
    [
        ({}, True),
        ({"most_waiting_jobs": 20, "queue_limit": 10}, False),
        ({"jobs_a_day": 20, "family_jobs_a_day": 10}, False),
    ],
)
def test_a_person_s_limit_above_everybody_s_is_a_warning(
    tmp_path: Path, settings: dict[str, Any], is_fine: bool
) -> None:
    finding = combinations.limits_fit_together(bare_settings(tmp_path, **settings))
    assert finding.ok
    assert bool(finding.mend) is not is_fine


def test_a_warning_is_shown_with_how_to_mend_it_and_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert combinations.somebody_may_write in CHECKS
    assert combinations.limits_fit_together in CHECKS
    warning = Finding.warning("access", "nobody is let in", "Name somebody.")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("rapbot.doctor.CHECKS", (lambda _settings: warning,))
    shown = CliRunner().invoke(app, ["doctor"])
    assert shown.exit_code == 0
    assert shown.stdout.splitlines() == [
        "warning  access: nobody is let in",
        "         to mend it: Name somebody.",
    ]
    (found,) = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)
    assert found == {
        "name": "access",
        "ok": True,
        "says": "nobody is let in",
        "mend": "Name somebody.",
    }
