"""What there is to say of a command or of a button's tap: its handler, where, by whose rights."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from bot.handlers.buttons import Action, Arity
from bot.handlers.context import Context
from bot.intake.incoming import Command


class Rights(Enum):
    """By whose rights a handler runs."""

    THEIRS = "theirs"
    """As the person who wrote or tapped, under row-level security."""
    THE_SYSTEMS = "the system's"
    """Row-level security would stop it. The handler itself looks at whom it serves."""


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A command.

    Args:
        name: the word behind the slash.
        run: its handler.
        in_groups: whether it works in groups too.
        rights: by whose rights it runs.
        is_own_data: whether it is about what is held about the person: theirs, welcome or not.
        is_hidden: whether nobody is told in a group that there is such a command.
    """

    name: str
    run: Callable[[Context, Command], None]
    in_groups: bool = False
    rights: Rights = Rights.THEIRS
    is_own_data: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class TapSpec:
    """A button's tap; see `CommandSpec`. `arity` is what the button's data carries."""

    name: str
    run: Callable[[Context, Action], None]
    arity: Arity = Arity.ID
    in_groups: bool = False
    rights: Rights = Rights.THEIRS
    is_own_data: bool = False


_Spec = TypeVar("_Spec", CommandSpec, TapSpec)


def on_id(run: Callable[[Context, int], None]) -> Callable[[Context, Action], None]:
    """Return the handler of a tap that needs no more of it than its id."""
    return lambda context, action: run(context, action.subject)


def bare(run: Callable[[Context], None]) -> Callable[[Context, object], None]:
    """Return the handler of a command or tap that needs nothing of what came with it."""
    return lambda context, _: run(context)


def by_name(specs: Iterable[_Spec]) -> Mapping[str, _Spec]:
    """Return specs by their names.

    Raises:
        ValueError: two have the same name.
    """
    found: dict[str, _Spec] = {}
    for spec in specs:
        if spec.name in found:
            raise ValueError(f"{type(spec).__name__} {spec.name!r} is there twice")
        found[spec.name] = spec
    return found
