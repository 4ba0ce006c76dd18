"""The verbs on families. Each acts for a person; RLS stands behind."""

from collections.abc import Sequence

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from rap_engine.concept_text import TextFault
from rap_engine.errors import BadName, FamilyLimit, NameTaken, NotAMember
from rap_engine.memory.database import Actor
from rap_engine.memory.membership import MOST_FAMILIES, done, owned_by
from rap_engine.memory.people import FAMILY
from rap_engine.memory.seen_lists import ListSummary, lists_of, writable_lists
from rap_engine.memory.tables import ConceptList, User
from rap_engine.namesakes import is_reserved
from rap_engine.naming import fold

MOST_MEMBERS = 50
"""Members of a family, its owner among them."""


def found_family(session: Session, actor: Actor, title: str) -> int:
    """Found a family, whose owner the actor becomes, and return its list's id.

    Raises:
        BadName: a member could take it for their own list.
        FamilyLimit: the actor owns as many as one may.
        NameTaken: the actor is in a family of that name.
    """
    if is_reserved(title):
        raise BadName(TextFault.RESERVED)
    # Two messages of one person may be handled at once.
    session.execute(select(User.id).where(User.id == actor.user_id).with_for_update(key_share=True))
    families = [one for one in lists_of(session, actor) if one.kind == FAMILY]
    if sum(one.is_owned for one in families) >= MOST_FAMILIES:
        raise FamilyLimit("families")
    _see_to_name(families, title)
    founded: int = session.scalars(select(func.rapbot_found_family(title))).one()
    return founded


def rename_family(session: Session, actor: Actor, list_id: int, title: str) -> None:
    """Give a family of the actor another name.

    Raises:
        BadName: a member could take it for their own list.
        NameTaken: the actor is in another family of that name.
        NotAMember: the actor does not own such a family.
    """
    if is_reserved(title):
        raise BadName(TextFault.RESERVED)
    others = [
        one for one in lists_of(session, actor) if one.kind == FAMILY and one.list_id != list_id
    ]
    _see_to_name(others, title)
    done(
        session.scalars(
            update(ConceptList)
            .where(ConceptList.id == list_id, ConceptList.id.in_(owned_by(actor)))
            .values(title=title)
            .returning(ConceptList.id)
            .execution_options(synchronize_session=False)
        ).all(),
        [list_id],
    )


def use_list(session: Session, actor: Actor, list_id: int) -> ListSummary:
    """Make a list the one that takes the actor's new concepts.

    Raises:
        NotAMember: the actor may not write to it.
    """
    if list_id not in writable_lists(session, actor):
        raise NotAMember(f"list {list_id}")
    session.execute(update(User).where(User.id == actor.user_id).values(active_list_id=list_id))
    return next(one for one in lists_of(session, actor) if one.list_id == list_id)


def _see_to_name(families: Sequence[ListSummary], title: str) -> None:
    for one in families:
        if fold(one.title) == fold(title):
            raise NameTaken(one.title)


def hold_family(session: Session, actor: Actor, list_id: int) -> None:
    """Keep a family of the actor as it is until the commit: nobody joins it or adds a concept.

    Raises:
        NotAMember: the actor does not own such a family.
    """
    held = session.scalars(
        select(ConceptList.id)
        .where(ConceptList.id == list_id, ConceptList.id.in_(owned_by(actor)))
        .with_for_update()
    ).all()
    done(held, [list_id])


def dissolve(session: Session, actor: Actor, list_id: int) -> None:
    """Erase a family of the actor with all that is still in it.

    Raises:
        NotAMember: the actor does not own such a family.
    """
    done(
        session.scalars(
            delete(ConceptList)
            .where(ConceptList.id == list_id, ConceptList.id.in_(owned_by(actor)))
            .returning(ConceptList.id)
            .execution_options(synchronize_session=False)
        ).all(),
        [list_id],
    )
