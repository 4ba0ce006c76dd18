"""`rapbot admin` and `rapbot adapter` as an operator types them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot.administration.tables import AuditEntry
from config import Settings
from rap_engine.memory import Database
from rap_engine.memory.in_service import wish_for
from rapbot.cli import app
from rapbot.cli.adapter import NoSuchAdapter
from rapbot.cli.admin import NotAnAdmin
from tests.integration.admin.scene import add_adapter

pytestmark = pytest.mark.integration

Rapbot = Callable[..., str]


@pytest.fixture
def rapbot(
    services: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Rapbot:
    assert services.redis_url is not None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAPBOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("RAPBOT_DATABASE_URL", database_url)
    monkeypatch.setenv("RAPBOT_REDIS_URL", services.redis_url.get_secret_value())
    monkeypatch.setenv("RAPBOT_ADMINS", "7")

    def run(*words: str) -> str:
        done = CliRunner().invoke(app, words)
        if done.exception is not None:
            raise done.exception
        return done.stdout

    return run


def test_admins_are_added_listed_and_removed(rapbot: Rapbot, database: Database) -> None:
    assert rapbot("admin", "add", "telegram:66") == "telegram:66 is an admin.\n"
    assert rapbot("admin", "add", "telegram:66") == "telegram:66 is an admin already.\n"
    assert rapbot("admin", "add", "me") == "console:me is an admin.\n"
    lines = rapbot("admin", "list").splitlines()
    assert lines[0] == "telegram:7  by RAPBOT_ADMINS"
    assert [line.split(",")[0] for line in lines[1:]] == [
        "telegram:66  by operator",
        "console:me  by operator",
    ]
    assert rapbot("admin", "remove", "telegram:66") == "telegram:66 is no admin any more.\n"
    assert rapbot("admin", "remove", "telegram:66") == "telegram:66 is no admin.\n"
    with database.transaction() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.admin, entry.act, entry.subject) for entry in entries] == [
        ("operator", "admin_added", "telegram:66"),
        ("operator", "admin_added", "console:me"),
        ("operator", "admin_removed", "telegram:66"),
    ]


def test_one_of_the_settings_is_not_removed_here(rapbot: Rapbot) -> None:
    with pytest.raises(NotAnAdmin, match="RAPBOT_ADMINS"):
        rapbot("admin", "remove", "telegram:7")


@pytest.mark.parametrize("person", ["telegram:Anna", "telegram:", "group:5", "a b"])
def test_what_names_nobody_is_refused(rapbot: Rapbot, person: str) -> None:
    with pytest.raises(NotAnAdmin, match="names nobody"):
        rapbot("admin", "add", person)


def test_an_adapter_is_put_into_service_and_logged(
    rapbot: Rapbot, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        wish_for(session, "rap-llava")
    add_adapter(tmp_path / "weights", "ours")
    assert rapbot("adapter", "list") == "ours\n"
    with pytest.raises(NoSuchAdapter, match="there are: ours"):
        rapbot("adapter", "use", "nobodys")
    assert rapbot("adapter", "use", "ours").startswith("ours is wanted: rap-llava answers with it")
    assert rapbot("adapter", "list") == "ours  (wanted)\n"
    with database.transaction() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.admin, entry.act, entry.subject) == (
        "operator",
        "adapter_set",
        "profile:rap-llava",
    )
    assert entry.details == {"now": "ours"}
