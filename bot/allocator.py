"""Gives the memory of large photos back to the system."""

import ctypes

_M_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1_000_000


def return_large_blocks() -> None:
    """Have each large block mapped by itself, so that freeing it gives it back at once.

    glibc does so too, until the first large block is freed: from then on it keeps blocks of that
    size. C libraries without the option are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
