"""What a handler works with."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from bot.intake.files import FileSource
from bot.intake.incoming import Incoming, PhotoRef
from bot.texts import Catalogue
from config import Settings
from rap_engine import images
from rap_engine.errors import BadPhoto
from rap_engine.memory import Actor
from workers.jobs.outbox import add_replies
from workers.jobs.queue import Publisher, enqueue, keep_upload
from workers.jobs.values import (
    Address,
    AnswerRequest,
    Button,
    Content,
    Draft,
    FaceRequest,
    RememberRequest,
)

BIG_PHOTO_BYTES = 2_000_000
"""On its way to the database a photo is in memory two or three times."""


@dataclass(frozen=True, slots=True)
class Context:
    """One message on its way through a handler, in the transaction that ends it.

    `bot_username` is for links to the bot, "" on a channel that has none. `await_big_photo` returns
    when no other message has a big photo in memory, and keeps the others out until this one's
    transaction has ended.
    """

    session: Session
    address: Address
    publisher: Publisher
    files: FileSource
    incoming: Incoming
    texts: Catalogue
    settings: Settings
    bot_username: str
    await_big_photo: Callable[[], object]

    @property
    def user_id(self) -> int:
        """Whom the handler acts for."""
        return self.address.user_id

    @property
    def actor(self) -> Actor:
        """Whom the handler acts for, with the eyes that they have in this chat."""
        return self.address.actor

    def say(self, notice: str, *, buttons: tuple[Button, ...] = (), **params: str) -> None:
        """Reply with a sentence of the catalogue. A tap is answered by a short note instead."""
        self._reply(Content(notice=notice, params=params, buttons=buttons))

    def say_text(self, text: str) -> None:
        """Reply with words that are ready."""
        self._reply(Content(text=text))

    def put_in_place(self, notice: str, **params: str) -> None:
        """Replace the message whose button was tapped, buttons and all."""
        tap = self.incoming.tap
        message_id = tap.message_id if tap is not None else None
        self._reply(Content(notice=notice, params=params, edit_message_id=message_id))

    def keep_photo(self, photo: PhotoRef) -> int:
        """Fetch a photo and keep it for a worker.

        Raises:
            BadPhoto: too big (known before it is fetched), or its header says no.
            PhotoUnavailable: the channel does not hand it out.
        """
        if photo.size is not None and photo.size > images.MOST_BYTES:
            raise BadPhoto("too_many_bytes")
        is_big = photo.size is None or photo.size > BIG_PHOTO_BYTES
        if is_big:
            self.await_big_photo()
        upload_id = self._fetch(photo)
        if is_big:
            # A connection's send buffer has grown to the photo's size, and it never shrinks: this
            # connection is closed after use instead of kept.
            self.session.connection().detach()
        return upload_id

    def enqueue(
        self, request: RememberRequest | AnswerRequest | FaceRequest, upload_id: int | None = None
    ) -> int:
        """Hand work to a worker, whose replies quote the message, and return the job's id."""
        return enqueue(self.session, self.publisher, self.address, request, upload_id)

    def _fetch(self, photo: PhotoRef) -> int:
        content = self.files.download(photo.file_id)
        images.inspect(content)
        return keep_upload(self.session, self.user_id, content)

    def _reply(self, content: Content) -> None:
        # What is said at once needs no quotation: it stands right below the message.
        here = replace(self.address, message_id=None)
        tap = self.incoming.tap
        answered = replace(content, callback_id=tap.callback_id if tap is not None else None)
        add_replies(self.session, here, [Draft(answered)])
