"""A person, as one names them on the command line."""

from typing import TYPE_CHECKING, ClassVar

from rap_engine.errors import RapError

if TYPE_CHECKING:
    from bot.administration.person import PersonId

_LONGEST_SHOWN = 64


class NamesNobody(RapError):
    """What was typed is no way to name a person."""

    code: ClassVar[str] = "names_nobody"


def read_person(text: str) -> "PersonId":
    """Return whom `telegram:NUMBER`, `console:NAME` or a bare name of the console means.

    Raises:
        NamesNobody: it is none of these; a bare number could be either.
    """
    from bot.administration.person import PersonId

    person = PersonId.read_typed(text)
    if person is not None:
        return person
    shown = text.strip()[:_LONGEST_SHOWN]
    if shown.isdecimal():
        raise NamesNobody(
            f"{shown} could be two people: write telegram:{shown} or console:{shown}."
        )
    raise NamesNobody(
        f"{shown!a} names nobody. Write telegram:NUMBER, or the name of a person of the console."
    )
