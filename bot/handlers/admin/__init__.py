"""/admin: one file a topic. `panel` lets admins in and nobody else."""

from bot.handlers.admin.panel import COMMANDS, TAPS

__all__ = ["COMMANDS", "TAPS"]
