"""A script on the console, through the same tables and handlers."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.console import run_console
from bot.console.console import Console
from config import Settings
from rap_engine.memory import Database
from tests.services import no_settings
from tests.standin import StandInWorker

pytestmark = pytest.mark.integration

_HOW_TO_SEND = 'Write photo:PATH, or photo:"PATH" for a path with spaces.'


class RestartingDatabase(Database):
    """Fails as often as `away` says, as a database does that is being restarted."""

    away: int = 0

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        if self.away:
            self.away -= 1
            raise OperationalError("SELECT 1", {}, Exception("terminating connection"))
        with super().transaction() as session:
            yield session


@pytest.fixture
def restarting(database_url: str) -> Iterator[RestartingDatabase]:
    database = RestartingDatabase(database_url)
    yield database
    database.close()


def _console(database: Database, folder: Path, out: io.StringIO, timeout_s: float) -> Console:
    worker = StandInWorker(database)
    return Console.of(
        no_settings(), database, worker, user="me", out=out, pictures=folder, timeout_s=timeout_s
    )


@pytest.fixture
def photo(tmp_path: Path, corgi: bytes) -> Path:
    path = tmp_path / "my dog.jpg"
    path.write_bytes(corgi)
    return path


def _chat(database: Database, folder: Path, *lines: str, timeout_s: float = 20) -> str:
    out = io.StringIO()
    settings = Settings(_env_file=None, database_url=database.url, data_dir=folder)
    worker = StandInWorker(database)
    script = io.StringIO("".join(f"{line}\n" for line in lines))
    run_console(settings, worker, "me", stdin=script, stdout=out, timeout_s=timeout_s)
    return out.getvalue()


def test_a_script_is_echoed_and_answered_line_by_line(
    database: Database, tmp_path: Path, photo: Path, worker: StandInWorker
) -> None:
    with worker:
        out = _chat(
            database,
            tmp_path,
            f'photo:"{photo}" /remember Biscuit: our corgi',
            "/forget Biscuit",
            "#1",
            "Who is Biscuit?",
            "/quit",
            "/list",
        )
    said = out.splitlines()
    assert said[1].startswith("> photo:")
    assert said[2].startswith("I will know Biscuit by this")
    picture = Path(said[3].removeprefix("[picture: ").removesuffix("]"))
    assert picture.parents[1] == tmp_path / "pictures"
    assert picture.read_bytes() == photo.read_bytes()
    assert said[4:] == [
        "> /forget Biscuit",
        "I forgot Biscuit.",
        "[1] Undo",
        "> #1",
        "Biscuit is back.",
        "> Who is Biscuit?",
        "Answer to 'Who is Biscuit?'",
        "> /quit",
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("photo:/nowhere.jpg who is this?", "There is no photo at /nowhere.jpg."),
        ("photo: who is this?", _HOW_TO_SEND),
        ("photo:", _HOW_TO_SEND),
        ("photo:/tmp", "There is no photo at /tmp."),
        ("#4", "There is no button 4."),
        ("[0]", "There is no button 0."),
    ],
)
def test_what_cannot_be_done_gets_a_sentence(
    database: Database, tmp_path: Path, line: str, sentence: str
) -> None:
    assert _chat(database, tmp_path, line).splitlines()[-1] == sentence


def test_says_so_when_no_worker_answers(database: Database, tmp_path: Path, photo: Path) -> None:
    out = _chat(database, tmp_path, f'photo:"{photo}" /remember Biscuit', timeout_s=0)
    assert "No answer after 0 s. Is a worker running?" in out


def test_an_answer_that_came_late_is_shown_at_the_next_start(
    database: Database, tmp_path: Path, photo: Path, worker: StandInWorker
) -> None:
    _chat(database, tmp_path, f'photo:"{photo}" /remember Biscuit', timeout_s=0)
    worker.work()
    assert "I will know Biscuit by this" in _chat(database, tmp_path)


@pytest.mark.parametrize("away_at", ["the welcome", "a line"])
def test_a_database_that_restarts_is_waited_for(
    restarting: RestartingDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    away_at: str,
) -> None:
    monkeypatch.setattr("bot.console.console.backoff_s", lambda *_: 0.01)
    out = io.StringIO()
    console = _console(restarting, tmp_path, out, timeout_s=20)

    def script() -> Iterator[str]:
        if away_at == "a line":
            restarting.away = 2
        yield "/cancel"

    restarting.away = 2 if away_at == "the welcome" else 0
    console.chat(script())
    assert restarting.away == 0
    assert out.getvalue().splitlines()[1:] == ["There is nothing to cancel."]


def test_a_database_that_stays_away_gets_a_sentence_and_the_script_goes_on(
    restarting: RestartingDatabase, tmp_path: Path
) -> None:
    out = io.StringIO()
    console = _console(restarting, tmp_path, out, timeout_s=0)

    def script() -> Iterator[str]:
        restarting.away = 1
        yield "/help"
        yield "photo:/nowhere.jpg"

    console.chat(script())
    _, away, answered = out.getvalue().splitlines()
    assert away.startswith("I could not reach my database for 0 s.")
    assert answered == "There is no photo at /nowhere.jpg."
