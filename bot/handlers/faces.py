"""/faces, and the answers to whether a face key may be kept.

Taking an agreement back works whether or not the operator has face keys turned on.
"""

from bot.handlers import buttons
from bot.handlers.context import Context
from rap_engine.errors import UnknownConcept
from rap_engine.memory.concepts import get_concept
from rap_engine.memory.faces import (
    FaceSummary,
    agree,
    list_agreements,
    list_own_agreements,
    withdraw,
    withdraw_own,
)
from rap_engine.memory.people import visible_lists
from workers.jobs.values import FaceRequest


def faces(context: Context) -> None:
    """Show whose face keys were agreed to, each with a button that takes it back."""
    agreements = list_agreements(context.session, visible_lists(context.session, context.actor))
    agreements += list_own_agreements(context.session)
    if not agreements:
        context.say("faces_none")
    for agreement in agreements:
        _show(context, agreement)


def agree_(context: Context, concept_id: int) -> None:
    """Note that the person confirmed an agreement, and have the face keys made."""
    lists = visible_lists(context.session, context.actor)
    try:
        is_new = agree(context.session, context.user_id, lists, concept_id)
    except UnknownConcept:
        context.say("face_unknown")
        return
    name = get_concept(context.session, lists, concept_id).name
    if is_new:
        context.enqueue(FaceRequest(concept_id, name))
    context.put_in_place("face_agreed" if is_new else "face_agreed_before", name=name)


def decline(context: Context, concept_id: int) -> None:
    """Keep no face key; a yes to an earlier question about the same concept ends with that."""
    _end(context, concept_id, "face_declined")


def erase(context: Context, concept_id: int) -> None:
    """Take an agreement back and erase its face keys at once."""
    _end(context, concept_id, "face_erased")


def _end(context: Context, concept_id: int, notice: str) -> None:
    lists = visible_lists(context.session, context.actor)
    try:
        name = withdraw(context.session, lists, concept_id)
    except UnknownConcept:
        if withdraw_own(context.session, concept_id):
            context.put_in_place("face_erased_elsewhere")
        else:
            context.say("face_unknown")
    else:
        context.put_in_place(notice, name=name)


def _show(context: Context, agreement: FaceSummary) -> None:
    one = agreement.keys == 1
    code = "list_photos_one" if one else "list_photos_many"
    context.say(
        "faces_item" if agreement.name else "faces_item_elsewhere",
        buttons=(buttons.button(buttons.FACE_ERASE, agreement.concept_id),),
        name=agreement.name,
        day=agreement.agreed_at.date().isoformat(),
        photos=context.texts.say(code, count=agreement.keys),
    )
