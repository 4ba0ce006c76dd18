"""Photos and questions: a worker answers, unless there is nothing to answer from."""

from telegram.constants import MessageLimit

from bot.handlers.context import Context
from bot.intake.incoming import Command, PhotoRef
from rap_engine.memory.concepts import holds_anything
from rap_engine.memory.people import visible_lists
from workers.jobs.under_way import is_remembering
from workers.jobs.values import AnswerRequest


def ask(context: Context) -> None:
    """Answer what was written, about the photo that came along or that it replies to."""
    _ask(context, context.incoming.text.strip())


def ask_(context: Context, command: Command) -> None:
    """Answer a question in a command, about the photo that came along or that it replies to."""
    if not command.argument and _photo(context) is None:
        context.say("ask_what")
        return
    _ask(context, command.argument)


def where(context: Context, command: Command) -> None:
    """Ask where somebody is in the photo that came along or that the command replies to."""
    if not command.argument:
        context.say("where_whom")
        return
    _ask(context, f"Where is {command.argument}?")


def _ask(context: Context, question: str) -> None:
    photo = _photo(context)
    if photo is None and not question:
        context.say("question_empty")
    elif len(question) > MessageLimit.MAX_TEXT_LENGTH:
        context.say("question_too_long", limit=str(MessageLimit.MAX_TEXT_LENGTH.value))
    elif not _knows_anybody(context):
        context.say("nothing_yet")
    else:
        upload_id = None if photo is None else context.keep_photo(photo)
        context.enqueue(AnswerRequest(question), upload_id)


def _photo(context: Context) -> PhotoRef | None:
    return context.incoming.photo or context.incoming.reply_photo


def _knows_anybody(context: Context) -> bool:
    """Say whether anything is remembered, or about to be: a worker may still be at it."""
    lists = visible_lists(context.session, context.actor)
    return holds_anything(context.session, lists) or is_remembering(
        context.session, context.user_id
    )
