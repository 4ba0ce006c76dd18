"""Shows replies on the terminal: words are printed, pictures saved and named."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import TextIO

from bot.console.updates import Clock
from bot.sender.parcels import Label, Parcel, safe_file_name
from bot.texts import Catalogue
from workers.jobs.values import Place


@dataclass(frozen=True, slots=True)
class ShownButton:
    """A button on the screen: the message that it is under, and what a press sends back."""

    message_id: int
    data: str


@dataclass(slots=True)
class ConsoleCourier:
    """Prints to `out` and saves into the folder `pictures`. Buttons are numbered from 1 on."""

    out: TextIO
    pictures: Path
    texts: Catalogue
    clock: Clock
    buttons: list[ShownButton] = field(default_factory=list)

    def deliver(self, place: Place, parcel: Parcel) -> int | None:  # noqa: ARG002  one chat
        """Show a message; see `Courier`."""
        message_id = parcel.edit_message_id or self.clock.next()
        if parcel.text:
            self.say(parcel.text)
        if parcel.photo is not None:
            self.say(self._saved(parcel.photo, parcel.file_name))
        if parcel.labels:
            self.say("  ".join(self._number(label, message_id) for label in parcel.labels))
        return message_id

    def say(self, text: str) -> None:
        """Print a line or more."""
        print(printable(text), file=self.out, flush=True)

    def _number(self, label: Label, message_id: int) -> str:
        self.buttons.append(ShownButton(message_id, label.data))
        return f"[{len(self.buttons)}] {label.text}"

    def _saved(self, content: bytes, file_name: str) -> str:
        """Save a picture, or a file under its name, and say where it is."""
        if not file_name:
            names = _numbered(time.strftime("%Y%m%d-%H%M%S"), ".jpg")
            return self.texts.say("console_picture", path=self._save(content, names))
        name = Path(safe_file_name(file_name))
        names = chain([name.name], _numbered(name.stem, name.suffix))
        return self.texts.say("console_file", path=self._save(content, names))

    def _save(self, content: bytes, names: Iterator[str]) -> Path:
        """Save under the first name that is free."""
        self.pictures.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            path = self.pictures / next(names)
            try:
                with open(path, "xb", opener=_for_its_owner) as file:
                    file.write(content)
            except FileExistsError:
                continue
            else:
                return path


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _numbered(stem: str, suffix: str) -> Iterator[str]:
    return (f"{stem}-{number}{suffix}" for number in count(1))


def printable(text: str) -> str:
    """Return a text without what would command the terminal rather than be shown."""
    return "".join(
        char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text
    )
