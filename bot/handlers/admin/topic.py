"""What a file of this package adds to /admin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.administration.person import PersonId
from bot.handlers.context import Context

OfWords = Callable[[Context, str], None]
"""Takes what follows its own word or two after /admin, as it was written."""
OfTap = Callable[[Context, int], None]
"""Takes the id that the button carries."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Words after /admin, and taps; both by their names.

    What `acts` writes its entry into the audit log, in the verb of `bot.administration` that it
    calls; what `shows` changes nothing. A word may be two: `maintenance on`.

    Attributes:
        entrance: the tap that the overview has a button for, "" for none.
    """

    shows: Mapping[str, OfWords] = field(default_factory=dict)
    acts: Mapping[str, OfWords] = field(default_factory=dict)
    shows_on_tap: Mapping[str, OfTap] = field(default_factory=dict)
    acts_on_tap: Mapping[str, OfTap] = field(default_factory=dict)
    entrance: str = ""

    @property
    def words(self) -> Mapping[str, OfWords]:
        """Everything that can be written after /admin."""
        return {**self.shows, **self.acts}

    @property
    def taps(self) -> Mapping[str, OfTap]:
        """Everything that a button can ask for."""
        return {**self.shows_on_tap, **self.acts_on_tap}


def person_of(context: Context) -> PersonId:
    """Return who wrote or tapped."""
    sender = context.incoming.sender
    return PersonId(sender.channel, sender.external_id)


def admin_of(context: Context) -> str:
    """Return who acts, as the audit log names them."""
    return str(person_of(context))
