"""Reads the body of a webhook's request. Whoever sent it, it can only be an update or refused."""

import json
import math
from typing import Any, NoReturn

_MOST_DEPTH = 64
"""An update of Telegram's is some ten deep; PostgreSQL and Python give up at some thousand."""
_LARGEST_ID = 2**63 - 1


class NotAnUpdate(ValueError):
    """What was posted is no update. The message quotes nothing of it."""


def read_update(body: bytes) -> dict[str, Any]:
    """Return the update in a request's body.

    Raises:
        NotAnUpdate: no JSON, JSON of another kind, no usable `update_id`, or too deep.
    """
    try:
        update = json.loads(body, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        # The error holds the whole body, so it is not chained.
        raise NotAnUpdate("no JSON that can be read") from None
    if not isinstance(update, dict):
        raise NotAnUpdate("no object")
    number = update.get("update_id")
    if type(number) is not int or not 0 <= number <= _LARGEST_ID:
        raise NotAnUpdate("no usable update_id")
    if _is_deep(update):
        raise NotAnUpdate("too deep")
    return update


def _refuse(_constant: str) -> NoReturn:
    raise NotAnUpdate("no JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise NotAnUpdate("no JSON number")
    return value


def _is_deep(value: Any) -> bool:
    """Say whether JSON is nested too deeply. Goes level by level: it must not recurse itself."""
    level = [value]
    for _ in range(_MOST_DEPTH):
        level = [
            part
            for outer in level
            if isinstance(outer, dict | list)
            for part in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
