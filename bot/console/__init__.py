"""The same handlers on a terminal, for a machine without a token."""

from bot.console.run import run_console

__all__ = ["run_console"]
