"""What an operator sets: one settings class, and how logs are written."""

from config.settings import Settings

__all__ = ["Settings"]
