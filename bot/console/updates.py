"""Makes updates of what is typed, in the form in which Telegram sends them."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telegram.constants import ChatType


@dataclass(slots=True)
class Clock:
    """Numbers that rise, from one console to the next as well: nanoseconds of the wall clock."""

    _last: int = 0

    def next(self) -> int:
        """Return a new number, higher than all before."""
        self._last = max(time.time_ns(), self._last + 1)
        return self._last


@dataclass(frozen=True, slots=True)
class Typist:
    """The person at the terminal. Their chat has their own id."""

    user_id: int
    name: str
    clock: Clock = field(default_factory=Clock)

    def message(self, text: str) -> dict[str, Any]:
        """Return the update of a message."""
        return self._message({"text": text})

    def photo(self, path: Path, size: int, caption: str) -> dict[str, Any]:
        """Return the update of a photo. Its file id is its path."""
        file = {"file_id": str(path), "file_unique_id": str(path), "width": 1, "height": 1}
        return self._message({"photo": [{**file, "file_size": size}], "caption": caption})

    def tap(self, message_id: int, data: str) -> dict[str, Any]:
        """Return the update of a press on a button."""
        number = self.clock.next()
        message = {"message_id": message_id, "date": _now(), "chat": self._chat}
        return {
            "update_id": number,
            "callback_query": {
                "id": str(number),
                "from": self._person,
                "chat_instance": str(self.user_id),
                "message": message,
                "data": data,
            },
        }

    def _message(self, content: dict[str, Any]) -> dict[str, Any]:
        number = self.clock.next()
        head = {"message_id": number, "date": _now(), "chat": self._chat, "from": self._person}
        return {"update_id": number, "message": {**head, **content}}

    @property
    def _person(self) -> dict[str, Any]:
        names = {"first_name": self.name, "username": self.name}
        return {"id": self.user_id, "is_bot": False, **names}

    @property
    def _chat(self) -> dict[str, Any]:
        return {"id": self.user_id, "type": ChatType.PRIVATE.value}


def _now() -> int:
    return int(time.time())
