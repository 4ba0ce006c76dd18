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
from rap_engine.memory.people import find_user
from rapbot.cli import app
from rapbot.cli._person import NamesNobody
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
    assert rapbot("admin", "add", "console:12") == "console:12 is an admin.\n"
    lines = rapbot("admin", "list").splitlines()
    assert lines[0] == "telegram:7  by RAPBOT_ADMINS"
    assert [line.split(",")[0] for line in lines[1:]] == [
        "telegram:66  by operator",
        "console:me  by operator",
        "console:12  by operator",
    ]
    assert rapbot("admin", "remove", "telegram:66") == "telegram:66 is no admin any more.\n"
    assert rapbot("admin", "remove", "telegram:66") == "telegram:66 is no admin.\n"
    with database.transaction() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        first, second, third = (
            find_user(session, *named)
            for named in (("telegram", "66"), ("console", "me"), ("console", "12"))
        )
    assert [(entry.admin, entry.act, entry.subject) for entry in entries] == [
        ("operator", "admin_added", f"user:{first}"),
        ("operator", "admin_added", f"user:{second}"),
        ("operator", "admin_added", f"user:{third}"),
        ("operator", "admin_removed", f"user:{first}"),
    ]


def test_one_of_the_settings_is_not_removed_here(rapbot: Rapbot) -> None:
    with pytest.raises(NotAnAdmin, match="RAPBOT_ADMINS"):
        rapbot("admin", "remove", "telegram:7")


@pytest.mark.parametrize(
    "person",
    [
        *("telegram:Anna", "telegram:", "group:5", "console:", "", "a\nb", "a\x1b[2J"),
        *("\u202eme", "\udcff", "x" * 65),
    ],
)
@pytest.mark.parametrize("verb", ["add", "remove"])
def test_what_names_nobody_is_refused(rapbot: Rapbot, verb: str, person: str) -> None:
    with pytest.raises(NamesNobody, match="names nobody") as refused:
        rapbot("admin", verb, person)
    assert str(refused.value).isascii()
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    "words",
    [
        ("admin", "add", "123456"),
        ("admin", "remove", "123456"),
        ("export", "--to", ".", "--user", "123456"),
        ("import", "any.zip", "--user", "123456"),
    ],
)
def test_a_bare_number_is_refused_with_the_two_that_it_could_mean(
    rapbot: Rapbot, database: Database, words: tuple[str, ...]
) -> None:
    with pytest.raises(NamesNobody, match=r"write telegram:123456 or console:123456\."):
        rapbot(*words)
    with database.transaction() as session:
        assert find_user(session, "console", "123456") is None


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
