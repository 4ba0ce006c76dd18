"""What a handler works with."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from bot.intake.files import FileSource
from bot.intake.incoming import Incoming, PhotoRef
from bot.limits.quotas import check_jobs, check_photos, check_room_for
from bot.texts import Catalogue, codes
from config import Settings
from rap_engine import images
from rap_engine.errors import BadPhoto
from rap_engine.memory import Actor
from workers.jobs.outbox import add_replies
from workers.jobs.queue import Publisher, enqueue
from workers.jobs.uploads import keep_upload
from workers.jobs.values import (
    Address,
    Button,
    Content,
    Draft,
    JobRequest,
    RememberRequest,
)

BIG_PHOTO_BYTES = 2_000_000
"""On its way to the database a photo is in memory two or three times."""
_IN_OTHER_WORDS = frozenset(codes("group."))
"""What is said in other words in groups."""


@dataclass(frozen=True, slots=True)
class Context:
    """One message on its way through a handler, in the transaction that ends it.

    `bot_username` is for links to the bot, "" on a channel that has none. `is_admin` frees from the
    limits of a day; who may do what only admins may is looked up where it is done.
    `await_big_photo` returns when no other message has a big photo in memory, and keeps the others
    out until this one's transaction has ended.
    """

    session: Session
    address: Address
    publisher: Publisher
    files: FileSource
    incoming: Incoming
    texts: Catalogue
    settings: Settings
    bot_username: str
    is_admin: bool
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
        self._reply(Content(notice=self._here(notice), params=params, buttons=buttons))

    def say_text(self, text: str) -> None:
        """Reply with words that are ready."""
        self._reply(Content(text=text))

    def put_in_place(self, notice: str, *, buttons: tuple[Button, ...] = (), **params: str) -> None:
        """Replace the message whose button was tapped, buttons and all; else say it."""
        self._put_in_place(Content(notice=self._here(notice), params=params, buttons=buttons))

    def put_text_in_place(self, text: str, *, buttons: tuple[Button, ...] = ()) -> None:
        """Replace the message whose button was tapped by words that are ready; else say them."""
        self._put_in_place(Content(text=text, buttons=buttons))

    def say_below(self, content: Content) -> None:
        """Say something in a message of its own, after a tap too."""
        drafts = [Draft(content)]
        if self.incoming.tap is not None:
            drafts.insert(0, Draft(Content(callback_id=self.incoming.tap.callback_id)))
        add_replies(self.session, replace(self.address, message_id=None), drafts)

    def keep_photo(self, photo: PhotoRef) -> int:
        """Fetch a photo and keep it for a worker.

        Raises:
            BadPhoto: too big (known before it is fetched), or its header says no.
            PhotoUnavailable: the channel does not hand it out.
            NotNow: the channel cannot be asked just now.
            QuotaExceeded: nothing more can be asked for now; known before it is fetched.
        """
        self._check_jobs()
        check_photos(self.session, self.settings, self.user_id, is_admin=self.is_admin)
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

    def enqueue(self, request: JobRequest, upload_id: int | None = None) -> int:
        """Hand work to a worker, whose replies quote the message, and return the job's id.

        Raises:
            QuotaExceeded: nothing more can be asked for now, or there is no room for it.
        """
        self._check_jobs()
        if isinstance(request, RememberRequest):
            check_room_for(self.session, self.settings, self.actor, request, upload_id)
        return enqueue(self.session, self.publisher, self.address, request, upload_id)

    def _check_jobs(self) -> None:
        check_jobs(self.session, self.settings, self.actor, is_admin=self.is_admin)

    def _fetch(self, photo: PhotoRef) -> int:
        content = self.files.download(photo.file_id)
        images.inspect(content)
        return keep_upload(self.session, self.user_id, content)

    def _here(self, notice: str) -> str:
        """Return the code of the sentence in this chat: some are said differently in groups."""
        in_group = f"group.{notice}"
        is_other = self.address.group_id is not None and in_group in _IN_OTHER_WORDS
        return in_group if is_other else notice

    def _put_in_place(self, content: Content) -> None:
        tap = self.incoming.tap
        self._reply(replace(content, edit_message_id=tap.message_id if tap is not None else None))

    def _reply(self, content: Content) -> None:
        here = self.address
        if here.group_id is None:
            # What is said at once needs no quotation: it stands right below the message.
            here = replace(here, message_id=None)
        tap = self.incoming.tap
        answered = replace(content, callback_id=tap.callback_id if tap is not None else None)
        add_replies(self.session, here, [Draft(answered)])
