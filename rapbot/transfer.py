"""Archives on the disk: written for a person, and taken in for one."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, ClassVar

from bot.administration.person import PersonId
from config import Settings
from rap_engine.errors import RapError
from rap_engine.memory import Actor, Database
from rap_engine.memory.in_service import call_for_round, read_serving, wish_for
from rap_engine.memory.people import active_list, ensure_user, find_user
from rap_engine.memory.views import Progress, progress_of
from rap_engine.transfer.errors import Refused
from rap_engine.transfer.exporting import export_person
from rap_engine.transfer.importing import Importer, Tally
from rap_engine.transfer.reading import Entry, read_entries, read_photo
from rap_engine.transfer.sources import Source, open_source
from rapbot.client import Client, JobFailed
from rapbot.sentences import sentence_of
from workers.jobs.queue import Publisher
from workers.jobs.values import Address
from workers.tasks.reembed import REEMBED

_LOOK_EVERY_S = 0.5


class UnknownPerson(RapError):
    """Nobody of that name or number ever wrote to this system."""

    code: ClassVar[str] = "unknown_person"


class FileExists(RapError):
    """An archive would overwrite a file."""

    code: ClassVar[str] = "file_exists"


def export_to(database: Database, who: PersonId, folder: Path) -> list[Path]:
    """Write a person's archives into a folder, and return their paths.

    Raises:
        UnknownPerson: there is no such person.
        FileExists: an archive of today is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)
    written = []
    with database.transaction() as session:
        user_id = find_user(session, who.channel, who.external_id)
        if user_id is None:
            raise UnknownPerson(f"Nobody called {who.external_id} has ever written to me.")
        for part in export_person(session, user_id, now):
            path = folder / f"rapbot-export-{now.date().isoformat()}-{part.number}.zip"
            _write(path, part.file)
            written.append(path)
    return written


def _write(path: Path, content: IO[bytes]) -> None:
    try:
        with path.open("xb") as file:
            # Photos of people: nobody else's to read.
            path.chmod(0o600)
            shutil.copyfileobj(content, file)
    except FileExistsError as error:
        raise FileExists(f"{path} is there already. Name another folder with --to.") from error


@dataclass(frozen=True, slots=True)
class Taking:
    """Takes archives in for one person.

    Attributes:
        client: the person's verbs; their jobs remember the photos of databases of others.
        renames: whether a concept whose name is taken gets another one.
    """

    client: Client
    importer: Importer

    @classmethod
    def of(
        cls,
        database: Database,
        publisher: Publisher,
        settings: Settings,
        who: PersonId,
        *,
        renames: bool,
    ) -> "Taking":
        """Return it for a person, who is made when not yet known.

        The settings say how much their list may hold, and how long a job may take.
        """
        with database.transaction() as session:
            user_id = ensure_user(session, who.channel, who.external_id)
            actor = Actor(user_id)
            list_id = active_list(session, actor)
        # A chat that nobody reads, as the client has it.
        client = Client(
            database, publisher, Address(user_id, "console", -user_id), settings.job_time_limit_s
        )
        return cls(client, Importer(database, settings, actor, list_id, renames))

    @property
    def tally(self) -> Tally:
        """What came of it so far."""
        return self.importer.tally

    def take(self, path: Path) -> None:
        """Take in one archive, and note what of it cannot be used.

        Raises:
            BadArchive: nothing of it can.
        """
        with open_source(path) as source:
            self.tally.refused.extend(source.refused)
            for entry in read_entries(source):
                if isinstance(entry, Refused):
                    self.tally.refused.append(entry)
                elif entry.views:
                    self.importer.take(source, entry)
                else:
                    self._remember(source, entry)

    def _remember(self, source: Source, entry: Entry) -> None:
        """Let a worker look at the whole photo of a database of others."""
        try:
            content = read_photo(source, entry.image)
        except Refused as refused:
            self.tally.refused.append(refused)
            return
        name = self.importer.name_for(entry)
        if name is None or not self.importer.has_room_for(entry, content):
            return
        try:
            self.client.remember_photo(content, name, entry.info, entry.category, add=False)
        except JobFailed as error:
            self.tally.refused.append(Refused(entry.image, sentence_of(error)))
        else:
            self.tally.concepts += 1
            self.tally.views += 1


def wait_for_keys(
    database: Database,
    publisher: Publisher,
    encoder_of: Callable[[str], str],
    show: Callable[[Progress], None],
    patience_s: float,
) -> bool:
    """Wait until a worker has made keys of all views; False if it makes none for so long.

    Args:
        database: where the views are.
        publisher: calls a worker.
        encoder_of: returns the name of a profile's encoder.
        show: is told how far it is.
        patience_s: without any progress.
    """
    with database.transaction() as session:
        serving = read_serving(session)
        if serving is None:
            return False
        encoder = encoder_of(serving.wanted)
        # Rounds that failed before do not make this one wait.
        wish_for(session, serving.wanted)
    done, since = -1, time.monotonic()
    while time.monotonic() - since < patience_s:
        with database.transaction() as session:
            number = call_for_round(session)
            progress = progress_of(session, encoder)
        if number is not None:
            publisher.publish(number, REEMBED)
        show(progress)
        if progress.is_complete:
            return True
        if progress.done != done:
            done, since = progress.done, time.monotonic()
        time.sleep(_LOOK_EVERY_S)
    return False
