"""A chat on a terminal: each line goes the way of a Telegram message, through the same tables."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, TypeVar

from sqlalchemy.exc import OperationalError

from bot.console.courier import ConsoleCourier
from bot.console.files import LocalFiles
from bot.console.lines import QUIT, Pressed, WithPhoto, Written, parse_line
from bot.console.quiet import is_waiting
from bot.console.updates import Typist
from bot.dispatch.dispatcher import Dispatcher
from bot.intake import inbox
from bot.patience import LONGEST_DATABASE_S, backoff_s
from bot.sender.sender import Sender
from bot.texts import Catalogue, catalogue_for
from bot.tidying import Tidying
from config import Settings
from rap_engine.memory import Database, User
from rap_engine.memory.people import ensure_user
from workers.jobs.queue import Publisher

T = TypeVar("T")

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
    tidying: Tidying
    texts: Catalogue
    timeout_s: float

    @classmethod
    def of(
        cls,
        settings: Settings,
        database: Database,
        publisher: Publisher,
        *,
        user: str,
        out: TextIO,
        pictures: Path,
        timeout_s: float,
    ) -> "Console":
        """Return the console of a person, who is made when not yet known.

        `pictures` has a folder for each person.
        """
        with database.transaction() as session:
            typist = Typist(ensure_user(session, CHANNEL, user, user), user)
        texts = catalogue_for()
        own_pictures = pictures / str(typist.user_id)
        courier = ConsoleCourier(out, own_pictures, texts, typist.clock)
        return cls(
            database=database,
            typist=typist,
            dispatcher=Dispatcher(settings, database, publisher, LocalFiles(), CHANNEL),
            sender=Sender(database, courier, CHANNEL),
            courier=courier,
            tidying=Tidying(database, settings.keep_inbox_days, settings.keep_history_days),
            texts=texts,
            timeout_s=timeout_s,
        )

    def chat(self, lines: Iterable[str]) -> None:
        """Answer lines until they end, one says `/quit`, or the person has been erased."""
        self.courier.say(self.texts.say("console_welcome", user=self.typist.name))
        self._patiently(self._catch_up)
        for line in lines:
            if line.strip() == QUIT:
                return
            if line.strip():
                self._answer(line)
                if self._is_erased():
                    self.courier.say(self.texts.say("console_erased", user=self.typist.name))
                    return

    def _is_erased(self) -> bool:
        """Say whether the chat is nobody's any more: its number and folders were the person's."""
        try:
            with self.database.transaction() as session:
                return session.get(User, self.typist.user_id) is None
        except OperationalError:
            return False

    def _answer(self, line: str) -> None:
        update = self._update(line)
        if update is not None:
            self._patiently(lambda deadline: self._handle(update, deadline))

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

    def _patiently(self, task: Callable[[float], None]) -> None:
        """Do something that has a deadline. A database that stays away ends no chat."""
        try:
            task(time.monotonic() + self.timeout_s)
        except OperationalError:
            self._say_in_vain("console_no_database")

    def _catch_up(self, deadline: float) -> None:
        """Print what came since the last time, and erase what nobody needs any more."""
        _insist(self._work, deadline)
        # The bot does this by the hour, but a console has none beside it.
        _insist(self.tidying.tidy, deadline)

    def _handle(self, update: dict[str, Any], deadline: float) -> None:
        """Work and print until nothing of this chat is under way any more."""
        # May be repeated whatever became of the last try: the inbox takes an update once.
        _insist(lambda: inbox.store(self.database, CHANNEL, [update]), deadline)
        while _insist(self._work, deadline):
            if time.monotonic() > deadline:
                self._say_in_vain("no_answer_yet")
                return
            time.sleep(_LOOK_EVERY_S)

    def _say_in_vain(self, code: str) -> None:
        self.courier.say(self.texts.say(code, seconds=round(self.timeout_s)))

    def _work(self) -> bool:
        """Handle and print what is there; False if nothing more is to come."""
        chat_id = self.typist.user_id
        while self.dispatcher.handle_next(chat_id):
            pass
        while self.sender.send_next(chat_id):
            pass
        with self.database.transaction() as session:
            return is_waiting(session, CHANNEL, chat_id)


def _insist(step: Callable[[], T], deadline: float) -> T:
    """Return what a step returns, once the database is there.

    Raises:
        OperationalError: the next try would be after the deadline.
    """
    failures = 0
    while True:
        try:
            return step()
        except OperationalError:
            failures += 1
            wait_s = backoff_s(failures, LONGEST_DATABASE_S)
            if time.monotonic() + wait_s > deadline:
                raise
            time.sleep(wait_s)
