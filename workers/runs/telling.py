"""Tells admins in the chat how a run goes: a page that follows it, and a message at its end.

A page is a reply whose message shows a run that is under way. Its row is used again: one edit of a
chat waits at a time, however long the run takes.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.orm import Session

from rap_engine.memory.people import find_user
from workers.jobs.outbox import NOTIFY_CHANNEL, add_replies
from workers.jobs.tables import Reply
from workers.jobs.values import Address, Content, Draft
from workers.runs.pages import ENDED, UNDER_WAY, ending_of, page_of
from workers.runs.reading import UNFINISHED
from workers.runs.tables import TrainingRun

FOLLOW_EVERY: Final = timedelta(seconds=10)
FOLLOW_FOR: Final = timedelta(hours=1)
"""After an admin asked for the page; then only its button shows it anew."""
UNTOLD: Final = "untold"
"""Part of a run's report: who asked for it is told nothing more of it."""
_NO_MORE = "run_told_no_more"
"""Code of what takes the place of a page that was about to say something."""
_CHANNEL = "telegram"
"""On a terminal an edit is a new line."""
_RECENT = 5_000
_PAGES = text(
    """
    WITH recent AS MATERIALIZED (
        SELECT id, channel, chat_id, state, sent_message_id, sent_at, created_at,
               content->>'notice' AS notice, content->'params'->>'run' AS run,
               (content->>'edit_message_id')::bigint AS edited
        FROM replies ORDER BY id DESC LIMIT :recent
    ), newest AS (
        SELECT DISTINCT ON (chat_id) * FROM recent
        WHERE channel = :channel AND notice LIKE :under_way AND run = :run
        ORDER BY chat_id, id DESC
    )
    SELECT id FROM newest
    WHERE state = 'sent' AND sent_message_id IS NOT NULL
      AND created_at > now() - CAST(:follow_for AS interval)
      AND sent_at <= now() - CAST(:at_least AS interval)
      AND NOT EXISTS (
          SELECT FROM recent later
          WHERE later.channel = :channel AND later.chat_id = newest.chat_id
            AND later.id > newest.id AND later.edited = newest.sent_message_id
      )
    """
)
"""Of each chat the newest page of the run, if its message still shows that. Looks at the newest
replies alone, which the primary key finds however many there are."""


def tell_progress(session: Session, run_id: int) -> int:
    """Bring the pages that show a run up to date, each at most every `FOLLOW_EVERY`.

    May be called as often as one likes. A page is followed for `FOLLOW_FOR`.

    Returns:
        How many pages will be edited.
    """
    run = _run(session, run_id)
    return 0 if run is None else _edit_pages(session, run, FOLLOW_EVERY)


def tell_ending(session: Session, run_id: int) -> None:
    """Tell the admin who asked for a run what came of it, and end the pages that follow it.

    Belongs into the transaction that ends the run, behind its end. A run that the operator or the
    schedule asked for is told to nobody, and neither is one whose admin is none any more.
    """
    run = _run(session, run_id)
    if run is None or run.finished_at is None:
        return
    _edit_pages(session, run, timedelta(0))
    address = None if run.report.get(UNTOLD) else _chat_of(session, run.asked_by)
    if address is not None:
        add_replies(session, address, [Draft(ending_of(session, run))])


def stop_telling(session: Session, asked_by: str, user_id: int) -> None:
    """Tell somebody nothing more of runs: they are no admin any more.

    Their pages follow nothing, what waits to be sent says so, and the end of the run that they
    asked for is not told to them, even if they become an admin again meanwhile.

    Args:
        session: the system's own.
        asked_by: the person as runs name them, `telegram:123`.
        user_id: their row.
    """
    # The run first, as whoever ends it does: two who wait for each other would wait for ever.
    run = session.scalar(
        select(TrainingRun)
        .where(TrainingRun.state.in_(UNFINISHED), TrainingRun.asked_by == asked_by)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if run is not None:
        run.report = {**run.report, UNTOLD: True}
    notice, waits = Reply.content["notice"].astext, Reply.state == "pending"
    follows = or_(waits, Reply.created_at > func.now() - FOLLOW_FOR)
    told = or_(
        and_(notice.startswith(UNDER_WAY, autoescape=True), follows),
        and_(notice.startswith(ENDED, autoescape=True), waits),
    )
    mine = select(Reply).where(Reply.user_id == user_id, told).with_for_update()
    for reply in session.scalars(mine.execution_options(populate_existing=True)):
        said = Content.from_json(reply.content)
        reply.content = replace(said, notice=_NO_MORE, params=None, buttons=()).to_json()
    session.flush()


def _run(session: Session, run_id: int) -> TrainingRun | None:
    return session.get(TrainingRun, run_id, populate_existing=True)


def _chat_of(session: Session, asked_by: str) -> Address | None:
    """Return an admin's own chat: on Telegram it has the person's own number."""
    channel, _, number = asked_by.partition(":")
    user_id = find_user(session, channel, number)
    if user_id is None:
        return None
    return Address(user_id, channel, int(number) if channel == _CHANNEL else user_id)


def _edit_pages(session: Session, run: TrainingRun, at_least: timedelta) -> int:
    pages = session.scalars(
        _PAGES,
        {
            "recent": _RECENT,
            "channel": _CHANNEL,
            "under_way": f"{UNDER_WAY}%",
            "run": str(run.id),
            "follow_for": FOLLOW_FOR,
            "at_least": at_least,
        },
    ).all()
    if not pages:
        return 0
    content = page_of(session, run)
    # One that the sender has in its hands is edited the next time.
    locked = select(Reply).where(Reply.id.in_(pages), Reply.state == "sent")
    replies = session.scalars(
        locked.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    ).all()
    edited = sum(_edit_again(reply, content) for reply in replies)
    if edited:
        session.execute(select(func.pg_notify(NOTIFY_CHANNEL, _CHANNEL)))
    return edited


def _edit_again(reply: Reply, content: Content) -> bool:
    """Have a page say something else; False if it says that already."""
    shown = Content.from_json(reply.content)
    edit = replace(content, edit_message_id=reply.sent_message_id)
    if replace(shown, edit_message_id=reply.sent_message_id, callback_id=None) == edit:
        return False
    reply.content = edit.to_json()
    reply.state = "pending"
    reply.attempts = 0
    reply.not_before = func.now()
    reply.error = None
    return True
