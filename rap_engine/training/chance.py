"""Where a record's chance comes from: the same parts, the same draws, in any process."""

from random import Random


def chance(*parts: object) -> Random:
    """Return a generator of random numbers that is named by what it is drawn for."""
    return Random("|".join(map(str, parts)))  # noqa: S311  nothing of this is a secret
