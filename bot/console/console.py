"""A chat on a terminal: each line goes the way of a Telegram message, through the same tables."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from bot.console.courier import ConsoleCourier
from bot.console.files import LocalFiles
from bot.console.lines import QUIT, Pressed, WithPhoto, Written, parse_line
from bot.console.quiet import is_waiting
from bot.console.updates import Typist
from bot.dispatch.dispatcher import Dispatcher
from bot.intake import inbox
from bot.sender.sender import Sender
from bot.texts import Catalogue, catalogue_for
from rap_engine.memory import Database
from rap_engine.memory.people import ensure_user
from workers.jobs.queue import Publisher

CHANNEL = "console"
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Console:
    """One person's chat. Each line is answered before the next one is read."""

    database: Database
    typist: Typist
    dispatcher: Dispatcher
    sender: Sender
    courier: ConsoleCourier
    texts: Catalogue
    timeout_s: float

    @classmethod
    def of(
        cls,
        database: Database,
        publisher: Publisher,
        *,
        user: str,
        out: TextIO,
        pictures: Path,
        timeout_s: float,
    ) -> "Console":
        """Return the console of a person, who is made when not yet known."""
        with database.transaction() as session:
            typist = Typist(ensure_user(session, CHANNEL, user, user), user)
        texts = catalogue_for()
        courier = ConsoleCourier(out, pictures, texts, typist.clock)
        return cls(
            database=database,
            typist=typist,
            dispatcher=Dispatcher(database, publisher, LocalFiles(), CHANNEL),
            sender=Sender(database, courier, CHANNEL),
            courier=courier,
            texts=texts,
            timeout_s=timeout_s,
        )

    def chat(self, lines: Iterable[str]) -> None:
        """Answer lines until they end or one says `/quit`."""
        self.courier.say(self.texts.say("console_welcome", user=self.typist.name))
        self._work()
        for line in lines:
            if line.strip() == QUIT:
                return
            if line.strip():
                self._answer(line)

    def _answer(self, line: str) -> None:
        update = self._update(line)
        if update is not None:
            inbox.store(self.database, CHANNEL, [update])
            self._wait()

    def _update(self, line: str) -> dict[str, Any] | None:
        """Return the update of a line, or None if the line was answered already."""
        match parse_line(line):
            case Written(text):
                return self.typist.message(text)
            case WithPhoto(path, caption):
                return self._photo(path, caption)
            case Pressed(number):
                return self._tap(number)

    def _photo(self, path: str, caption: str) -> dict[str, Any] | None:
        if not path:
            self.courier.say(self.texts.say("console_no_path"))
            return None
        file = Path(path).resolve()
        if not file.is_file():
            self.courier.say(self.texts.say("console_no_file", path=path))
            return None
        return self.typist.photo(file, file.stat().st_size, caption)

    def _tap(self, number: int) -> dict[str, Any] | None:
        if not 0 < number <= len(self.courier.buttons):
            self.courier.say(self.texts.say("console_no_button", number=number))
            return None
        button = self.courier.buttons[number - 1]
        return self.typist.tap(button.message_id, button.data)

    def _wait(self) -> None:
        """Work and print until nothing of this chat is under way any more."""
        deadline = time.monotonic() + self.timeout_s
        while self._work():
            if time.monotonic() > deadline:
                seconds = round(self.timeout_s)
                self.courier.say(self.texts.say("no_answer_yet", seconds=seconds))
                return
            time.sleep(_LOOK_EVERY_S)

    def _work(self) -> bool:
        """Handle and print what is there; False if nothing more is to come."""
        chat_id = self.typist.user_id
        while self.dispatcher.handle_next(chat_id):
            pass
        while self.sender.send_next(chat_id):
            pass
        with self.database.transaction() as session:
            return is_waiting(session, CHANNEL, chat_id)
