"""What an operator sees and does: the doctor's line, and the verb with the real encoder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text, update

from config import Settings
from rap_engine.memory import View
from rap_engine.memory.in_service import wish_for
from rap_engine.reembedding import load_encoder
from rapbot.cli.reembed import reembed
from rapbot.doctor.keys import keys_are_made
from rapbot.errors import OperationError
from tests.integration.conftest import Person
from tests.integration.reembedding.setting import Setting
from tests.services import bare_settings
from workers.jobs.queue import enqueue, take
from workers.jobs.values import AnswerRequest

LITE0 = "efficientnet-lite0-mirrored-1"


@pytest.fixture
def settings(services: Settings, database_url: str, tmp_path: Path) -> Settings:
    return bare_settings(
        tmp_path, database_url=SecretStr(database_url), redis_url=services.redis_url
    )


@pytest.fixture
def _three_views(setting: Setting, anna: Person) -> None:
    for name, colour in (("Rex", "red"), ("Luna", "blue"), ("Kiwi", "lime")):
        setting.remember(anna, name, colour)


@pytest.fixture
def _environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.database_url is not None
    assert settings.redis_url is not None
    monkeypatch.chdir(settings.data_dir)
    monkeypatch.setenv("RAPBOT_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("RAPBOT_DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("RAPBOT_REDIS_URL", settings.redis_url.get_secret_value())
    # The logs of the test session stay where they are.
    monkeypatch.setattr("config.logs.configure", lambda _settings: None)


@pytest.mark.usefixtures("_three_views")
def test_the_doctor_says_how_far_it_is(settings: Settings, setting: Setting) -> None:
    with setting.database.transaction() as session:
        wish_for(session, "starter")
    finding = keys_are_made(settings)
    assert finding.ok
    assert finding.says == (
        f"colourful serves, starter is wanted; 0 of 3 views are embedded for {LITE0}"
    )


@pytest.mark.usefixtures("_three_views", "_environment")
def test_the_verb_embeds_all_puts_into_service_and_erases_what_is_told(
    settings: Settings, setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    reembed("starter")
    assert f"starter serves: 3 views have keys of {LITE0}.\n" in capsys.readouterr().out
    assert setting.serving().profile == "starter"
    assert setting.keys(LITE0) == setting.keys("colours")
    told = f"starter serves; all 3 views have keys of the encoder {LITE0}"
    assert keys_are_made(settings).says == told
    reembed(erase_old=True)
    assert capsys.readouterr().out.endswith("\nErased 6 keys of other encoders.\n")
    assert (len(setting.keys(LITE0)), setting.keys("colours")) == (6, [])


@pytest.mark.usefixtures("_three_views", "_environment")
def test_keys_that_a_job_still_looks_for_are_not_erased(setting: Setting, anna: Person) -> None:
    with setting.database.transaction() as session:
        job_id = enqueue(session, setting.rounds, anna.address, AnswerRequest("?"))
    with setting.database.transaction() as session:
        assert take(session, setting.rounds, job_id, 600.0) is not None
    with pytest.raises(OperationError, match="1 jobs began before starter served"):
        reembed(erase_old=True)
    assert len(setting.keys("colours")) == 6
    assert setting.serving().profile == "starter"


@pytest.mark.usefixtures("_three_views")
def test_photos_that_cannot_be_decoded_are_counted(settings: Settings, setting: Setting) -> None:
    with setting.database.transaction() as session:
        first = session.scalars(select(func.min(View.id))).one()
        session.execute(update(View).where(View.id == first).values(is_readable=False))
        wish_for(session, "starter")
    assert "1 more cannot be decoded" in keys_are_made(settings).says


def test_the_doctor_says_so_where_there_is_nothing_to_look_at(
    settings: Settings, tmp_path: Path
) -> None:
    assert keys_are_made(settings).says.startswith("none yet")
    assert keys_are_made(bare_settings(tmp_path)).says == "not looked at, since no system runs"


def test_a_database_that_does_not_answer_is_a_problem_without_its_password(tmp_path: Path) -> None:
    url = SecretStr("postgresql+psycopg://me:hunter2@127.0.0.1:1/x")
    finding = keys_are_made(bare_settings(tmp_path, database_url=url))
    assert not finding.ok
    assert "hunter2" not in f"{finding}"


@pytest.mark.usefixtures("_environment")
def test_another_profile_than_the_configured_one_comes_with_a_word_on_that(
    setting: Setting, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAPBOT_PROFILE", "openai")
    reembed("starter")
    assert "Set RAPBOT_PROFILE=starter too" in capsys.readouterr().out
    assert setting.serving().profile == "starter"


def test_a_profile_that_is_not_there_is_told_before_anything_is_started(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "rapbot", "reembed", "--profile", "nobodys"],
        env={**os.environ, "RAPBOT_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("There is no profile nobodys")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_an_encoder_is_loaded_without_the_rest_of_its_profile(settings: Settings) -> None:
    assert load_encoder(settings, "starter").name == LITE0


def test_an_older_schema_is_told(settings: Settings, setting: Setting) -> None:
    with setting.database.transaction() as session:
        session.execute(text("ALTER TABLE in_service RENAME TO elsewhere"))
    try:
        assert keys_are_made(settings).mend == "Run `rapbot migrate`, or `rapbot up`."
    finally:
        with setting.database.transaction() as session:
            session.execute(text("ALTER TABLE elsewhere RENAME TO in_service"))
