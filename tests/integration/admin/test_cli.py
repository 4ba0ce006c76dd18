"""`rapbot admin` and `rapbot adapter` as an operator types them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot.administration.tables import AuditEntry
from config import Settings
from rap_engine.errors import BadAdapter
from rap_engine.memory import Database
from rap_engine.memory.in_service import wish_for
from rap_engine.memory.people import find_user
from rapbot.cli import app
from rapbot.cli._person import NamesNobody
from rapbot.cli.adapter import NoSuchAdapter
from rapbot.cli.admin import NotAnAdmin
from tests.integration.admin.scene import add_adapter
from workers.runs.adapters import register
from workers.runs.refusals import AdapterKnown, NothingToReturnTo, NotPromoted

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


@pytest.fixture
def serving(database: Database) -> Database:
    with database.transaction() as session:
        wish_for(session, "rap-llava")
    return database


def _entries(database: Database) -> list[tuple[str, str, str, dict[str, object]]]:
    with database.transaction() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    return [(row.admin, row.act, row.subject, row.details) for row in rows]


def _lora(folder: Path, seed: int = 0) -> Path:
    """An adapter as files: a configuration, and safetensors of one small tensor."""
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    weights = len(header).to_bytes(8, "little") + header + seed.to_bytes(4, "little")
    (folder / "adapter_model.safetensors").write_bytes(weights)
    return folder


def test_an_adapter_is_added_and_used_despite_its_verdict(
    rapbot: Rapbot, serving: Database, tmp_path: Path
) -> None:
    folder = _lora(tmp_path / "from-elsewhere")
    assert rapbot("adapter", "add", str(folder), "ours").startswith("ours is registered.")
    line = rapbot("adapter", "list")
    assert line.startswith("ours  not measured  recognition ? -> ?  20")
    assert line.endswith(" by operator\n")
    with pytest.raises(
        NotPromoted, match=r"was not measured\. `rapbot adapter use ours --despite`"
    ):
        rapbot("adapter", "use", "ours")
    said = rapbot("adapter", "use", "ours", "--despite")
    assert said.startswith("ours is wanted: rap-llava answers with it")
    assert rapbot("adapter", "list").endswith("by operator  (in service)\n")
    assert _entries(serving) == [
        ("operator", "adapter_added", "profile:rap-llava", {"name": "ours"}),
        (
            *("operator", "adapter_set", "profile:rap-llava"),
            {"was": None, "now": "ours", "despite": True},
        ),
    ]


def test_the_operator_rolls_back_and_history_is_one(
    rapbot: Rapbot, serving: Database, tmp_path: Path
) -> None:
    for seed, name in enumerate(("first", "second")):
        rapbot("adapter", "add", str(_lora(tmp_path / name, seed)), name)
        rapbot("adapter", "use", name, "--despite")
    assert rapbot("adapter", "none").startswith("No adapter is wanted")
    assert rapbot("adapter", "rollback") == "second answers from the next job on.\n"
    assert rapbot("adapter", "rollback") == "first answers from the next job on.\n"
    assert rapbot("adapter", "rollback") == "The base alone answers from the next job on.\n"
    with pytest.raises(NothingToReturnTo, match="Nothing else answered before"):
        rapbot("adapter", "rollback")
    acts = [act for _, act, _, _ in _entries(serving)]
    assert acts.count("adapter_rolled_back") == 3


def test_an_adapter_shows_what_is_known_of_it(
    rapbot: Rapbot, serving: Database, tmp_path: Path
) -> None:
    with serving.transaction() as session:
        register(
            session,
            name="ours",
            profile="rap-llava",
            base="tests--base@1",
            sha256="00ff",
            data={"records": 12},
            metrics={"before": {"recognition": 0.5}, "after": {"recognition": 0.75}},
            verdict="failed",
            reasons=["Recognition: worse."],
            run_id=None,
            made_by="telegram:7",
        )
    told = rapbot("adapter", "show", "ours")
    assert told.startswith("ours  failed  recognition 0.500 -> 0.750  ")
    for part in ("base tests--base@1", "SHA-256 00ff", "Recognition: worse.", '"records": 12'):
        assert part in told
    with pytest.raises(NoSuchAdapter, match="no adapter nobodys"):
        rapbot("adapter", "show", "nobodys")


def test_one_that_only_lies_in_the_weights_folder_is_listed_and_used_despite_that(
    rapbot: Rapbot, serving: Database, tmp_path: Path
) -> None:
    assert rapbot("adapter", "list").startswith("There is no adapter of rap-llava")
    add_adapter(tmp_path / "weights", "ours")
    assert rapbot("adapter", "list") == "ours  not registered\n"
    with pytest.raises(NoSuchAdapter, match="there are: ours"):
        rapbot("adapter", "use", "nobodys")
    with pytest.raises(NotPromoted, match="was not measured"):
        rapbot("adapter", "use", "ours")
    rapbot("adapter", "use", "ours", "--despite")
    assert [act for _, act, _, _ in _entries(serving)] == ["adapter_added", "adapter_set"]


def test_a_name_is_taken_once(rapbot: Rapbot, serving: Database, tmp_path: Path) -> None:
    assert serving
    rapbot("adapter", "add", str(_lora(tmp_path / "a")), "ours")
    other = _lora(tmp_path / "b", seed=1)
    with pytest.raises(AdapterKnown, match="ours"):
        rapbot("adapter", "add", str(other), "ours")
    add_adapter(tmp_path / "weights", "theirs")
    with pytest.raises(AdapterKnown, match="theirs"):
        rapbot("adapter", "add", str(other), "theirs")
    in_place = _lora(tmp_path / "weights" / "adapters" / "in-place")
    assert rapbot("adapter", "add", str(in_place), "in-place").startswith("in-place is registered")


@pytest.mark.parametrize("name", ["../ours", "", ".hidden", "a b", "x" * 65])
def test_what_is_no_name_is_refused(
    rapbot: Rapbot, serving: Database, tmp_path: Path, name: str
) -> None:
    assert serving
    with pytest.raises(BadAdapter, match="cannot be a name"):
        rapbot("adapter", "add", str(_lora(tmp_path / "a")), name)
    assert not (tmp_path / "weights" / "adapters").exists()


def test_a_profile_that_takes_none_gets_none(
    rapbot: Rapbot, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        wish_for(session, "starter")
    with pytest.raises(NotPromoted, match="starter takes no adapters"):
        rapbot("adapter", "add", str(_lora(tmp_path / "a")), "ours")
    assert not (tmp_path / "weights" / "adapters" / "ours").exists()
