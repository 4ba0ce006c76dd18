"""The one-shot verbs, with a stand-in for the worker."""

from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from rap_engine.errors import BadPhoto, NameTaken, UnknownConcept
from rap_engine.memory import Database
from rapbot.client import Client, JobFailed, NoAnswerInTime, NoSuchPhoto
from rapbot.sentences import sentence_of
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember
from tests.integration.standin import Worker
from workers.jobs.tables import Reply


@pytest.fixture
def client(database: Database, worker: Worker) -> Client:
    return Client.of(database, worker, "anna", timeout_s=20.0)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 64), "teal").save(path)
    return path


def test_an_answer_is_waited_for_and_leaves_no_reply_behind(
    client: Client, database: Database
) -> None:
    assert client.ask("who is this?", None) == {"answer": "hello"}
    with database.transaction() as session:
        assert session.scalars(select(func.count()).select_from(Reply)).one() == 0


def test_a_connection_that_breaks_while_it_waits_is_made_again(
    client: Client, worker: Worker
) -> None:
    worker.before_the_end = [
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ]
    assert client.ask("who is this?", None) == {"answer": "hello"}


def test_a_job_that_failed_is_told_in_the_chats_words(client: Client, worker: Worker) -> None:
    worker.error = "NameTaken"
    worker.result = {"error": "name_taken", "params": {"name": "Rex"}}
    with pytest.raises(JobFailed) as caught:
        client.ask("?", None)
    assert "Rex" in sentence_of(caught.value)


def test_without_a_worker_the_wait_ends(database: Database) -> None:
    class Nobody:
        def publish(self, job_id: int, kind: str) -> None:
            pass

    with pytest.raises(NoAnswerInTime, match="stays queued"):
        Client.of(database, Nobody(), "anna", timeout_s=0.2).ask("?", None)


def test_a_name_that_is_taken_is_refused_unless_a_view_is_added(
    client: Client, database: Database, anna: Person, photo: Path
) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    with pytest.raises(NameTaken):
        client.remember(photo, "rex", "", "", add=False)
    with pytest.raises(UnknownConcept):
        client.remember(photo, "Max", "", "", add=True)
    assert client.remember(photo, "Rex", "", "", add=True) == {"answer": "hello"}


def test_a_name_in_brackets_is_forgotten_too(
    client: Client, database: Database, anna: Person
) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    assert client.forget("<rex>") == "Rex"
    assert client.concepts() == []


def test_a_folder_and_a_missing_file_are_no_photos(client: Client, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.jpg"):
        with pytest.raises(NoSuchPhoto):
            client.ask("?", path)


def test_an_unreadable_photo_is_refused_before_any_job(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "text.jpg"
    path.write_text("no photo")
    with pytest.raises(BadPhoto):
        client.ask("?", path)
