"""What an update waits for, although nothing of it has failed."""

from bot.errors import NotNow
from bot.intake.inbox import Claimed
from bot.patience import backoff_s
from rap_engine.memory.gist import is_lock_timeout

_OLDEST_S = 24 * 3600.0
_LOCK_S = 2.0


def blameless_wait_s(claimed: Claimed, error: Exception) -> float | None:
    """Return in how many seconds to try again what nobody is to blame for; None for the rest.

    After a day whatever still keeps an update from being handled counts as its failure.
    """
    if claimed.age_s > _OLDEST_S:
        return None
    if is_lock_timeout(error):
        return _LOCK_S
    if not isinstance(error, NotNow):
        return None
    if error.after_s is not None:
        return min(error.after_s, _OLDEST_S)
    # Nothing is counted, so the wait grows with the update's age.
    return backoff_s(1 + int(claimed.age_s).bit_length())
