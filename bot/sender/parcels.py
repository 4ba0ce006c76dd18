"""Cuts a reply into what fits one message."""

import re
from dataclasses import dataclass, replace

from telegram.constants import MessageLimit

from bot.texts import Catalogue
from workers.jobs.outbox import Outgoing
from workers.jobs.values import Content

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_FILE_NAME = 100


@dataclass(frozen=True, slots=True)
class Label:
    """A button as it is shown, and what a tap on it sends back."""

    text: str
    data: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message in its final words. With a photo or a file, `text` is its caption.

    With `file_name` the bytes in `photo` are a file. It is as safe as `safe_file_name` makes it.
    """

    text: str
    photo: bytes | None = None
    file_name: str = ""
    labels: tuple[Label, ...] = ()
    edit_message_id: int | None = None
    callback_id: str | None = None


def first_parcel(outgoing: Outgoing, catalogue: Catalogue) -> tuple[Parcel, Content | None]:
    """Return the first message of a reply, and what is left for the next one."""
    content = outgoing.content
    text = catalogue.render(content)
    head, tail = _cut(text, outgoing.photo is not None)
    rest = _rest(content, tail) if tail else None
    labels = tuple(Label(catalogue.label(b.label, b.name), b.data) for b in content.buttons)
    parcel = Parcel(
        text=head,
        photo=outgoing.photo,
        file_name=safe_file_name(content.file_name) if content.file_name else "",
        labels=() if rest is not None else labels,
        edit_message_id=content.edit_message_id,
        callback_id=content.callback_id,
    )
    return parcel, rest


def _rest(content: Content, tail: str) -> Content:
    """Return what is left: a message of its own, not an edit of the first part."""
    return replace(
        content,
        text=tail,
        notice=None,
        params=None,
        edit_message_id=None,
        callback_id=None,
        file_name="",
    )


def safe_file_name(name: str) -> str:
    """Return a name that is one plain part of a path, whatever was asked for."""
    last = re.split(r"[/\\]", name)[-1]
    # No leading dot: it would hide the file, and `..` is a folder.
    return _UNSAFE.sub("_", last)[-_LONGEST_FILE_NAME:].lstrip(".") or "file"


def _cut(text: str, is_caption: bool) -> tuple[str, str]:
    if not is_caption:
        return cut_text(text, MessageLimit.MAX_TEXT_LENGTH)
    # Half an answer under the photo reads worse than the whole of it below.
    fits = _units(text) <= MessageLimit.CAPTION_LENGTH
    return (text, "") if fits else ("", text)


def cut_text(text: str, limit: int) -> tuple[str, str]:
    """Cut a text behind the last line, or else the last word, that fits.

    Args:
        text: any text.
        limit: UTF-16 units, which is how Telegram counts.
    """
    if _units(text) <= limit:
        return text, ""
    head = text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
    for gap in ("\n", " "):
        at = head.rfind(gap)
        if at > 0:
            return head[:at], text[at + 1 :]
    return head, text[len(head) :]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
