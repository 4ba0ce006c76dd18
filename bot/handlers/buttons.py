"""The buttons under messages: what a tap sends back, written and read in one place.

Data is `action:id`, `action:id:id` or `action:token`; which of these an action has is told where
it is registered. The id binds a button to what it was shown for; whether the person may touch that
is checked when it is tapped, because anybody can make up data. A token cannot be made up: it is the
right itself.
"""

import re
from dataclasses import dataclass
from enum import Enum

from workers.jobs.values import Button

UNDO = "undo"
ADD_VIEW = "add_view"
OTHER_NAME = "other_name"
CANCEL = "cancel"
FACE_AGREE = "face_agree"
FACE_DECLINE = "face_decline"
FACE_ERASE = "face_erase"
FORGET = "forget_this"
USE_LIST = "use_list"
FAMILY = "family"
MEMBERS = "members"
MEMBER = "member"
MAKE_EDITOR = "make_editor"
MAKE_VIEWER = "make_viewer"
REMOVE_ASK = "remove_ask"
REMOVE = "remove"
HAND_OVER_ASK = "hand_over_ask"
HAND_OVER_SURE = "hand_over_sure"
HAND_OVER = "hand_over"
OFFER_ACCEPT = "offer_accept"
OFFER_DECLINE = "offer_decline"
LEAVE_ASK = "leave_ask"
LEAVE = "leave"
INVITE_EDITOR = "invite_editor"
INVITE_VIEWER = "invite_viewer"
INVITES = "invites"
REVOKE = "revoke"
JOIN = "join"
JOIN_NOT = "join_not"
DISSOLVE_ASK = "dissolve_ask"
DISSOLVE_TAKE = "dissolve_take"
DISSOLVE_GIVE = "dissolve_give"
DISSOLVE_ERASE_ASK = "dissolve_erase_ask"
DISSOLVE_ERASE = "dissolve_erase"
MOVE_WHICH = "move_which"
COPY_WHICH = "copy_which"
MOVE = "move"
COPY = "copy"
END_RUN = "adm_run_cancel_ask"
OLDER = "older"
OLDER_OF = "older_of"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,59}")
"""What a deep link may carry, as far as a tap has room for it."""
_LARGEST_ID = 2**63 - 1
"""What `bigint`, the type of all ids, can hold."""


class Arity(Enum):
    """What the data of an action's button carries."""

    ID = "id"
    PAIR = "id:id"
    BEARER = "token"


@dataclass(frozen=True, slots=True)
class Action:
    """What a tap asks for. `other` is the second id of a pair."""

    name: str
    subject: int = 0
    other: int = 0
    token: str = ""


def button(
    action: str, subject: int, other: int | None = None, *, label: str = "", name: str = ""
) -> Button:
    """Return the button for an action.

    Args:
        action: what a tap asks for.
        subject: the id of what it is about.
        other: the second id, for an action that takes a pair.
        label: the catalogue's code of the label; the action's name if it is "".
        name: whom or what the label speaks of.
    """
    ids = f"{subject}" if other is None else f"{subject}:{other}"
    return Button(label=label or action, data=f"{action}:{ids}", name=name)


def token_button(action: str, token: str) -> Button:
    """Return the button for an action that a token allows."""
    return Button(label=action, data=f"{action}:{token}")


def name_of(data: str) -> str:
    """Return the name of the action that a tap asks for, whether or not there is one."""
    return data.partition(":")[0]


def read(data: str, arity: Arity) -> Action | None:
    """Read what a tap sent back, or None if no button of an action of that arity says that."""
    name, _, rest = data.partition(":")
    if arity is Arity.BEARER:
        return Action(name, token=rest) if _TOKEN.fullmatch(rest) else None
    first, separator, second = rest.partition(":")
    subject, other = _id(first), _id(second) if separator else 0
    if subject is None or other is None or bool(separator) != (arity is Arity.PAIR):
        return None
    return Action(name, subject, other)


def _id(digits: str) -> int | None:
    # By length first: Python refuses to read digits by the thousand.
    if not digits.isascii() or not digits.isdigit() or len(digits) > len(str(_LARGEST_ID)):
        return None
    number = int(digits)
    return number if number <= _LARGEST_ID else None
