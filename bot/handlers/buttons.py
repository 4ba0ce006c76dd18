"""The buttons under messages: what a tap sends back, written and read in one place.

Data is `action:id`. The id binds a button to what it was shown for; whether the person may touch
that is checked when it is tapped, because anybody can make up data.
"""

from dataclasses import dataclass

from workers.jobs.values import Button

UNDO = "undo"
ADD_VIEW = "add_view"
OTHER_NAME = "other_name"
CANCEL = "cancel"
FACE_AGREE = "face_agree"
FACE_DECLINE = "face_decline"
FACE_ERASE = "face_erase"
_LARGEST_ID = 2**63 - 1
"""What `bigint`, the type of all ids, can hold."""


@dataclass(frozen=True, slots=True)
class Action:
    """What a tap asks for."""

    name: str
    subject: int


def button(action: str, subject: int) -> Button:
    """Return the button for an action; the catalogue has its label under the action's name."""
    return Button(label=action, data=f"{action}:{subject}")


def read(data: str) -> Action | None:
    """Read what a tap sent back, or None if no button of ours says that."""
    name, separator, subject = data.partition(":")
    if not separator or not subject.isascii() or not subject.isdigit():
        return None
    # By length first: Python refuses to read digits by the thousand.
    if len(subject) > len(str(_LARGEST_ID)) or int(subject) > _LARGEST_ID:
        return None
    return Action(name, int(subject))
