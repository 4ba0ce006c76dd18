"""An update as the handlers see it: typed, and the same from every channel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhotoRef:
    """A photo that the channel keeps. `size`: bytes, None if the channel did not say."""

    file_id: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Command:
    """A message that begins with a slash: `/name argument`. `name` is in lower case.

    `is_addressed`: it says to which bot, as in `/name@bot argument`, and that is this one.
    """

    name: str
    argument: str
    is_addressed: bool = False


@dataclass(frozen=True, slots=True)
class Tap:
    """A press on an inline button, and the message that the button is under."""

    callback_id: str
    data: str
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote, and in which chat. `language` is an IETF tag, "" if the channel did not say.

    `chat_title` is a group's, as its admins wrote it.
    """

    channel: str
    external_id: str
    display_name: str
    language: str
    chat_id: int
    is_private: bool
    chat_title: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message or a tap.

    `text` is the message's text or its photo's caption; `kind` names what the bot does not take
    (`voice`, `video`, ...; the catalogue has a sentence for each), None for what it does.
    """

    update_id: int
    sender: Sender
    message_id: int | None
    text: str = ""
    command: Command | None = None
    photo: PhotoRef | None = None
    reply_photo: PhotoRef | None = None
    album_id: str | None = None
    kind: str | None = None
    tap: Tap | None = None
