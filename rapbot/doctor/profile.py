"""Checks of the profile's packages and model files."""

from config import Settings
from rap_engine.errors import RapError
from rap_engine.profiles import load_profile
from rapbot.doctor.finding import Finding


def profile_loads(settings: Settings) -> Finding:
    """Look whether the profile's models are here, are the pinned ones and load."""
    name = "profile"
    try:
        load_profile(settings.profile, settings.data_dir)
    except RapError as error:
        return Finding.problem(name, f"{settings.profile} does not load", str(error))
    except ImportError as error:
        return Finding.problem(
            name, f"{settings.profile} needs the package {error.name}", "Run `make run`."
        )
    return Finding.fine(name, f"{settings.profile} loads")
