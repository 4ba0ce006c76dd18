"""What answers, as the bot can tell it without loading any of it, and the adapters there are.

Recipes and cutoffs are read by modules that take a part of a second to import. Who starts the bot
does not wait for them, an admin who asks does.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from config import Settings
from rap_engine.checkpoints.store import WeightsStore
from rap_engine.errors import RapError
from rap_engine.memory.in_service import Serving, read_serving
from rap_engine.memory.views import Progress, progress_of
from workers.runs.adapters import registered
from workers.runs.tables import Adapter

if TYPE_CHECKING:
    from rap_engine.profiles.recipe import Recipe


@dataclass(frozen=True, slots=True)
class InService:
    """What answers and what is wanted.

    `encoder` and `progress` are those of the wanted profile, `cutoff` and `takes_adapters` those of
    the one that serves; None and False where this process lacks their recipes. `adapters` are the
    names in the weights folder that this process sees, `known` the profile's that are registered,
    the newest first.
    """

    serving: Serving
    encoder: str | None
    progress: Progress | None
    cutoff: float | None
    takes_adapters: bool
    adapters: tuple[str, ...]
    known: tuple[Adapter, ...]


def read_in_service(session: Session, settings: Settings) -> InService | None:
    """Return what answers, None before a worker was ever started."""
    serving = read_serving(session)
    if serving is None:
        return None
    serves, wanted = recipe_of(settings, serving.profile), recipe_of(settings, serving.wanted)
    encoder = None if wanted is None else wanted.encoder.encoder_name
    return InService(
        serving=serving,
        encoder=encoder,
        progress=None if encoder is None else progress_of(session, encoder),
        cutoff=None if serves is None else _cutoff(settings, serves),
        takes_adapters=serves is not None and _takes_adapters(serves),
        adapters=tuple(WeightsStore(settings.weights_dir).adapter_names()),
        known=tuple(registered(session, serving.profile)),
    )


def recipe_of(settings: Settings, profile: str) -> "Recipe | None":
    """Return a profile's recipe; None where this process cannot read it."""
    from rap_engine.profiles.shelf import read_recipe  # noqa: PLC0415

    try:
        return read_recipe(profile, settings.data_dir)
    except RapError:
        # The bot's machine may lack what the workers' has.
        return None


def _takes_adapters(recipe: "Recipe") -> bool:
    from rap_engine.profiles.recipe import TransformersRecipe  # noqa: PLC0415

    return isinstance(recipe.generator, TransformersRecipe)


def _cutoff(settings: Settings, recipe: "Recipe") -> float | None:
    from rap_engine.retrieve.calibration import NotCalibrated, load_calibration  # noqa: PLC0415

    try:
        return load_calibration(recipe.encoder.encoder_name, settings.data_dir).cutoff
    except NotCalibrated:
        return getattr(recipe.encoder, "provisional_cutoff", None)
    except RapError:
        return None
