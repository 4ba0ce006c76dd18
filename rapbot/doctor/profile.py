"""Checks of the profile's packages and model files."""

from importlib.util import find_spec

from config import Settings
from rap_engine.errors import RapError
from rap_engine.profiles import Loader, load_profile
from rapbot.doctor.finding import Finding

_NAME = "profile"
_LIBRARIES = ("torch", "torchvision", "transformers", "open_clip", "ultralytics", "peft", "openai")


def profile_loads(settings: Settings) -> Finding:
    """Look whether the profile's packages and model files are here.

    One whose files ship in packages is loaded. Larger ones are not: that takes minutes, and memory
    that a worker may be using.
    """
    try:
        loader = Loader.of(settings)
        if any(loader.recipe.sources()):
            return _is_fetched(loader)
        load_profile(settings)
    except RapError as error:
        return Finding.problem(_NAME, f"{settings.profile} does not load", str(error))
    return Finding.fine(_NAME, f"{settings.profile} loads")


def _is_fetched(loader: Loader) -> Finding:
    absent = [library for library in _LIBRARIES if find_spec(library) is None]
    if absent:
        return _lacks(loader.name, absent)
    missing = [each.slug for each in loader.recipe.sources() if not loader.store.is_ready(each)]
    if missing:
        return Finding.problem(
            _NAME,
            f"{loader.name} lacks the weights of {', '.join(missing)}",
            f"Run `rapbot weights fetch {loader.name}`.",
        )
    loader.check()
    return Finding.fine(_NAME, f"{loader.name} has its packages and weights")


def _lacks(profile: str, packages: list[str]) -> Finding:
    return Finding.problem(
        _NAME,
        f"{profile} needs the packages {', '.join(packages)}",
        f"Run `RAPBOT_PROFILE={profile} make run`.",
    )
