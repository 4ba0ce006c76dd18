"""People whose messages go through inbox, dispatcher and handlers, with no Telegram in between."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from bot.dispatch.dispatcher import Dispatcher
from bot.errors import PhotoUnavailable
from bot.intake import inbox
from bot.texts import catalogue_for
from config import Settings
from rap_engine.memory import Database
from tests.services import no_settings
from workers.jobs.tables import Job, Reply
from workers.jobs.values import Content

CHANNEL = "telegram"


@dataclass
class FakeFiles:
    """Files by id; remembers which were fetched."""

    contents: dict[str, bytes] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def download(self, file_id: str) -> bytes:
        self.fetched.append(file_id)
        if file_id not in self.contents:
            raise PhotoUnavailable(file_id)
        return self.contents[file_id]


class FakePublisher:
    def __init__(self) -> None:
        self.published: list[int] = []

    def publish(self, job_id: int, kind: str) -> None:
        self.published.append(job_id)


@dataclass
class Front:
    """The front door of the bot, and all that people see of it."""

    database: Database
    files: FakeFiles = field(default_factory=FakeFiles)
    publisher: FakePublisher = field(default_factory=FakePublisher)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    settings: Settings = field(default_factory=no_settings)

    @property
    def dispatcher(self) -> Dispatcher:
        return Dispatcher(
            self.settings,
            self.database,
            self.publisher,
            self.files,
            CHANNEL,
            "rapbot_test_bot",
        )

    def deliver(self, update: dict[str, Any]) -> int:
        """Take an update in and handle all that waits; return its id."""
        number = next(self.numbers)
        inbox.store(self.database, CHANNEL, [{"update_id": number, **update}])
        self.work()
        return number

    def work(self) -> None:
        dispatcher = self.dispatcher
        while dispatcher.handle_next():
            pass

    def replies(self) -> list[Reply]:
        with self.database.transaction() as session:
            return list(session.scalars(select(Reply).order_by(Reply.id)))

    def jobs(self) -> list[Job]:
        with self.database.transaction() as session:
            return list(session.scalars(select(Job).order_by(Job.id)))


@dataclass
class Friend:
    """Somebody in a chat. What they are told is read in order."""

    front: Front
    number: int = 41
    chat_type: str = "private"
    chat_number: int | None = None
    read: int = 0

    def says(self, text: str, **more: Any) -> int:
        return self.front.deliver({"message": self.message(text=text, **more)})

    def sends(self, content: bytes, caption: str | None = None, **more: Any) -> int:
        captioned = {} if caption is None else {"caption": caption}
        return self.front.deliver(
            {"message": self.message(photo=self.sizes(content), **captioned, **more)}
        )

    def taps(self, data: str, message_id: int = 9) -> int:
        return self.front.deliver(
            {
                "callback_query": {
                    "id": "tap",
                    "from": self.user,
                    "chat_instance": "1",
                    "message": {"message_id": message_id, "date": 1, "chat": self.chat},
                    "data": data,
                }
            }
        )

    def is_told(self) -> list[str]:
        """Return what was said since the last time."""
        replies = [row for row in self.front.replies() if row.chat_id == self.chat["id"]]
        new, self.read = replies[self.read :], len(replies)
        texts = catalogue_for()
        return [texts.render(Content.from_json(row.content)) for row in new]

    def buttons(self) -> dict[str, str]:
        """Label -> data of the last reply's buttons."""
        replies = [row for row in self.front.replies() if row.chat_id == self.chat["id"]]
        content = Content.from_json(replies[-1].content)
        return {button.label: button.data for button in content.buttons}

    def message(self, **content: Any) -> dict[str, Any]:
        number = next(self.front.numbers)
        return {"message_id": number, "date": 1, "chat": self.chat, "from": self.user, **content}

    def sizes(self, content: bytes, size: int | None = None) -> list[dict[str, Any]]:
        """Return a photo in two sizes; only the larger one can be fetched."""
        file_id = f"file-{next(self.front.numbers)}"
        self.front.files.contents[file_id] = content
        small = {"file_id": "small", "file_unique_id": "small", "width": 90, "height": 60}
        large = {"file_id": file_id, "file_unique_id": file_id, "width": 900, "height": 600}
        return [small, {**large, "file_size": size or len(content)}]

    @property
    def user(self) -> dict[str, Any]:
        return {"id": self.number, "is_bot": False, "first_name": "Anna"}

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.chat_number or self.number, "type": self.chat_type}
