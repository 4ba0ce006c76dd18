"""/remember: in one message, as a reply to a photo, or in steps.

/remember ─► photo? name? ─► name free? ─► a worker remembers it
               │ asks          │ asks: add   │ fails: the next photo
               └─ dialogue ◄───┴─────────────┘ without a caption is for the same name
"""

from dataclasses import replace

from bot.handlers import buttons, dialogues
from bot.handlers.context import Context
from bot.handlers.dialogues import Introducing
from bot.handlers.questions import is_question
from bot.intake.incoming import Command
from rap_engine.concept_text import clean_info, clean_name
from rap_engine.errors import BadName
from rap_engine.introduction import parse_introduction
from rap_engine.memory.concepts import find_by_name
from rap_engine.memory.people import active_list
from workers.jobs.errors import UploadGone
from workers.jobs.uploads import has_upload
from workers.jobs.values import RememberRequest


def remember(context: Context, command: Command) -> None:
    """Begin an introduction with what came along."""
    introducing = _introduced(Introducing(), command.argument)
    photo = context.incoming.photo or context.incoming.reply_photo
    if photo is not None:
        introducing = replace(introducing, upload_id=context.keep_photo(photo))
    _go_on(context, introducing)


def continue_dialogue(context: Context) -> bool:
    """Give a message to the open dialogue; False if it does not belong there.

    A question never does, and neither does a photo alone while only the name is missing.
    """
    introducing = dialogues.read(context.session, context.address)
    if introducing is None or is_question(context.incoming.text):
        return False
    if introducing.job_id is not None:
        return _try_again(context, introducing)
    if not _belongs(context, introducing):
        return False
    introducing = _introduced(introducing, context.incoming.text)
    if context.incoming.photo is not None:
        upload_id = context.keep_photo(context.incoming.photo)
        introducing = replace(introducing, upload_id=upload_id)
    _go_on(context, introducing)
    return True


def cancel(context: Context) -> None:
    """Stop the open dialogue. An admin whom nothing was asked may mean a training run."""
    introducing = dialogues.read(context.session, context.address)
    was_open = introducing is not None and _is_open(context, introducing)
    dialogues.close(context.session, context.address)
    if was_open:
        context.say("cancelled")
    elif context.is_admin and context.incoming.sender.is_private:
        run = buttons.button(buttons.END_RUN, 0, label="adm_run_meant")
        context.say("nothing_to_cancel_but_runs", buttons=(run,))
    else:
        context.say("nothing_to_cancel")


def add_view(context: Context, upload_id: int) -> None:
    """Add the waiting photo to the concept that has its name."""
    introducing = _taken(context, upload_id)
    if introducing is None:
        context.say("button_gone")
        return
    introducing = _with_owner(context, introducing)
    is_free = introducing.taken_by is None
    context.put_in_place("name_is_free" if is_free else "adding_view", name=introducing.name)
    _hand_over(context, introducing)


def other_name(context: Context, upload_id: int) -> None:
    """Ask for another name for the waiting photo."""
    introducing = _taken(context, upload_id)
    if introducing is None:
        context.say("button_gone")
        return
    dialogues.write(context.session, context.address, replace(introducing, name="", taken_by=None))
    context.put_in_place("ask_other_name")


def cancel_taken(context: Context, upload_id: int) -> None:
    """Drop the waiting photo."""
    if _taken(context, upload_id) is None:
        context.say("button_gone")
        return
    dialogues.close(context.session, context.address)
    context.put_in_place("cancelled")


def _try_again(context: Context, handed_over: Introducing) -> bool:
    """Take another photo for an introduction whose job failed; False if the message is none.

    A photo with a caption says what it is for, so whoever sends one has moved on.
    """
    state = dialogues.job_state(context.session, handed_over)
    photo = context.incoming.photo
    if state in ("queued", "running") or (state == "failed" and photo is None):
        return False
    if state != "failed" or photo is None or context.incoming.text:
        dialogues.close(context.session, context.address)
        return False
    again = replace(handed_over, job_id=None, upload_id=context.keep_photo(photo))
    if again.taken_by is None:
        _go_on(context, again)
    else:
        _hand_over(context, _with_owner(context, again))
    return True


def _is_open(context: Context, introducing: Introducing) -> bool:
    """Say whether the bot waits for something: not after a hand-over, unless its job failed."""
    if introducing.job_id is None:
        return True
    return dialogues.job_state(context.session, introducing) == "failed"


def _belongs(context: Context, introducing: Introducing) -> bool:
    if context.incoming.photo is None:
        return introducing.wants_name
    return introducing.wants_photo or (introducing.wants_name and bool(context.incoming.text))


def _introduced(introducing: Introducing, text: str) -> Introducing:
    """Add what a text says of name and info to what is known already.

    Raises:
        BadName: there is no name in it (`missing`), or a concept cannot have it.
        BadInfo: a concept cannot have that info.
    """
    if not text.strip():
        return introducing
    if not introducing.wants_name:
        return replace(introducing, info=clean_info(f"{introducing.info} {text}"))
    said = parse_introduction(text)
    if said.name is None:
        raise BadName("missing")
    info = clean_info(f"{introducing.info} {said.info}")
    return replace(introducing, name=clean_name(said.name), info=info)


def _go_on(context: Context, introducing: Introducing) -> None:
    """Ask for what is missing, or hand the complete introduction to a worker."""
    if introducing.wants_photo or introducing.wants_name:
        dialogues.write(context.session, context.address, introducing)
        _ask(context, introducing)
        return
    waiting = _with_owner(context, introducing)
    if waiting.taken_by is None:
        _hand_over(context, waiting)
        return
    dialogues.write(context.session, context.address, waiting)
    _ask_taken(context, waiting)


def _with_owner(context: Context, introducing: Introducing) -> Introducing:
    """Return the introduction with the concept that has its name now, which may change."""
    list_id = active_list(context.session, context.actor)
    owner = find_by_name(context.session, [list_id], introducing.name)
    if owner is None:
        return replace(introducing, taken_by=None)
    return replace(introducing, name=owner.name, taken_by=owner.id)


def _ask(context: Context, introducing: Introducing) -> None:
    if not introducing.wants_name:
        context.say("ask_photo", name=introducing.name)
    elif introducing.wants_photo:
        context.say("ask_photo_and_name")
    else:
        context.say("ask_name")


def _ask_taken(context: Context, waiting: Introducing) -> None:
    subject = waiting.upload_id or 0
    actions = (buttons.ADD_VIEW, buttons.OTHER_NAME, buttons.CANCEL)
    context.say(
        "ask_taken",
        buttons=tuple(buttons.button(action, subject) for action in actions),
        name=waiting.name,
    )


def _taken(context: Context, upload_id: int) -> Introducing | None:
    """Return the dialogue that asks about a taken name, if the button belongs to it."""
    introducing = dialogues.read(context.session, context.address)
    if introducing is None or introducing.taken_by is None or introducing.upload_id != upload_id:
        return None
    return introducing


def _hand_over(context: Context, introducing: Introducing) -> None:
    """Let a worker remember it; all but the photo is kept in case that one is broken."""
    upload_id = introducing.upload_id
    if upload_id is None or not has_upload(context.session, upload_id):
        raise UploadGone(f"upload {upload_id}")
    request = RememberRequest(
        name=introducing.name,
        info=introducing.info,
        category="",
        concept_id=introducing.taken_by,
    )
    job_id = context.enqueue(request, upload_id)
    handed_over = replace(introducing, upload_id=None, job_id=job_id)
    dialogues.write(context.session, context.address, handed_over)
