"""/admin: one file a topic. `panel` lets admins in and nobody else."""

from bot.handlers.admin.panel import COMMANDS, TAPS

__all__ = ["COMMANDS", "TAPS", "WITH_THE_SYSTEMS_RIGHTS"]

WITH_THE_SYSTEMS_RIGHTS = frozenset({*COMMANDS, *TAPS})
"""All of it: an admin acts for the system, and not as a person with lists."""
