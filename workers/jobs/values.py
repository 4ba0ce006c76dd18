"""What goes into a job and what comes out of it, as values; rows hold them as JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from rap_engine.memory import Actor
from rap_engine.memory.conversations import ChatId


@dataclass(frozen=True, slots=True)
class Place:
    """A chat of a channel, and the message in it that is answered."""

    channel: str
    chat_id: int
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where an answer goes: a chat of a channel, and the person it belongs to.

    `group_id` is the list of the group whose chat it is.
    """

    user_id: int
    channel: str
    chat_id: int
    message_id: int | None = None
    group_id: int | None = None

    @property
    def actor(self) -> Actor:
        """Whom the work is for, with the eyes that they have in this chat."""
        return Actor(self.user_id, self.group_id)

    @property
    def chat(self) -> ChatId:
        """The person in this chat, as conversations know them."""
        return ChatId(self.user_id, self.channel, self.chat_id, self.group_id)


@dataclass(frozen=True, slots=True)
class RememberRequest:
    """Make a concept of an uploaded photo, or add the photo to `concept_id`."""

    name: str
    info: str
    category: str
    concept_id: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """Answer a question, about the uploaded photo if the job has one. "" asks for a caption."""

    question: str


@dataclass(frozen=True, slots=True)
class FaceRequest:
    """Make face keys of the views of a concept that was agreed to. `name` is for the reply."""

    concept_id: int
    name: str


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Pack all that is held of the person."""


JobRequest = RememberRequest | AnswerRequest | FaceRequest | ExportRequest


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message: the catalogue's code of its label, and what a tap sends back.

    `name` is the list or the person that the label speaks of.
    """

    label: str
    data: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """What a reply says.

    Either `text`, already in words, or `notice`, a code of the message catalogue with its
    parameters: workers answer in codes because languages live in the bot. With `file_name` the
    reply's bytes are a file of that name and not a photo. A farewell belongs to nobody, and nothing
    of it is kept once it was sent.
    """

    text: str = ""
    notice: str | None = None
    params: dict[str, str] | None = None
    buttons: tuple[Button, ...] = ()
    edit_message_id: int | None = None
    callback_id: str | None = None
    file_name: str = ""
    is_farewell: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the JSON of a reply's row, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read the JSON of a reply's row."""
        buttons = tuple(Button(**button) for button in data.get("buttons", ()))
        return cls(**{**data, "buttons": buttons})


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply that is not yet addressed. `photo` is JPEG, or a file if the content names one."""

    content: Content
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A job in the hands of a worker. `attempt` tells this holder from any later one.

    `list_id` was the active list when the job was asked for; None if it is gone.
    """

    job_id: int
    kind: str
    attempt: int
    address: Address
    payload: dict[str, Any]
    upload_id: int | None
    list_id: int | None = None
