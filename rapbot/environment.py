"""Settings as environment variables, for the processes that we start."""

import os
from collections.abc import Mapping

from pydantic import SecretStr

from config.settings import Settings


def for_children(settings: Settings, inherited: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment in which a child reads the same settings.

    Only what was set is passed on, so that a default stays in one place.
    """
    prefix = settings.model_config.get("env_prefix", "")
    chosen = {
        f"{prefix}{name.upper()}": _as_text(getattr(settings, name))
        for name in settings.model_fields_set
    }
    return {**inherited, **chosen}


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple):
        return ",".join(str(item) for item in value)
    return str(value)
