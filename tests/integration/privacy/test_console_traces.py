"""On a console the typed lines and the saved pictures are files, by person."""

import io
from pathlib import Path

import pytest

from bot import traces
from bot.console import run_console
from config import Settings
from rap_engine.memory import Database
from rap_engine.memory.people import ensure_user
from tests.integration.privacy.conftest import noise
from tests.integration.privacy.searching import found_in_files, found_in_tables
from tests.standin import StandInWorker

pytestmark = pytest.mark.integration


def _chat(database: Database, folder: Path, user: str, *lines: str) -> str:
    out = io.StringIO()
    settings = Settings(_env_file=None, database_url=database.url, data_dir=folder)
    script = io.StringIO("".join(f"{line}\n" for line in lines))
    worker = StandInWorker(database)
    with worker:
        run_console(settings, worker, user, stdin=script, stdout=out, timeout_s=20)
    return out.getvalue()


def _typed(database: Database, folder: Path, user: str, line: str) -> None:
    """Leave what a terminal leaves, which a script does not."""
    with database.transaction() as session:
        history = traces.history_file(folder, ensure_user(session, "console", user))
    history.parent.mkdir(exist_ok=True)
    history.write_text(line)


def test_deletion_takes_a_persons_files_and_leaves_those_of_others(
    database: Database, tmp_path: Path
) -> None:
    photos = {user: noise() for user in ("anna", "bert")}
    data = tmp_path / "data"
    for user, photo in photos.items():
        path = tmp_path / f"{user}.jpg"
        path.write_bytes(photo)
        _chat(database, data, user, f"photo:{path} /remember Mx{user}")
        _typed(database, data, user, f"Line{user}")
    markers: dict[str, str | bytes] = {
        **{f"photo of {user}": photo[-160:-100] for user, photo in photos.items()},
        **{f"line of {user}": f"Line{user}" for user in photos},
    }
    before = found_in_files([data], markers)
    assert all(before.values()), before

    told = _chat(database, data, "anna", "/delete_my_data", "#1")
    assert "Done. I erased all that was yours alone" in told
    after = found_in_files([data], markers)
    assert {name for name, files in after.items() if not files} == {
        "photo of anna",
        "line of anna",
    }
    assert found_in_tables(database, {"name": "Mxanna"}) == {"name": set()}
    assert found_in_tables(database, {"name": "Mxbert"})["name"] >= {"concepts"}


def test_after_an_erasure_the_chat_ends_and_another_one_begins_anew(
    database: Database, tmp_path: Path
) -> None:
    told = _chat(database, tmp_path, "anna", "/delete_my_data", "#1", "/list")
    assert "This chat ends here" in told
    assert "> /list" not in told
    assert "I do not remember anybody yet" in _chat(database, tmp_path, "anna", "/list")
