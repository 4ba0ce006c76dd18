"""Shares of photos or questions, 0..1, None where there were none."""

import math
from collections.abc import Sequence


def share(hits: Sequence[bool]) -> float | None:
    """Return the share of hits."""
    return sum(hits) / len(hits) if hits else None


def mean(*shares: float | None) -> float | None:
    """Return the mean of shares; None if one is missing."""
    known = [each for each in shares if each is not None]
    return sum(known) / len(known) if known and len(known) == len(shares) else None


def finite(number: float | None) -> float | None:
    """Return a number as JSON can have it: None for one that is none."""
    return number if number is not None and math.isfinite(number) else None
