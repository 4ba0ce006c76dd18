"""The recipes that ship, and the operator's own: `profiles/NAME.toml` in the data directory."""

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import ClassVar

from pydantic import ValidationError

from rap_engine.errors import RapError
from rap_engine.profiles.recipe import Recipe

_SHIPPED = "shipped"


class UnknownProfile(RapError):
    """No profile of that name."""

    code: ClassVar[str] = "unknown_profile"


class BadRecipe(RapError):
    """A profile's file does not say what a profile is made of."""

    code: ClassVar[str] = "bad_recipe"


def profile_names(data_dir: Path | None = None) -> list[str]:
    """Return the names of all profiles."""
    return sorted(_all(data_dir))


def read_recipe(name: str, data_dir: Path | None = None) -> Recipe:
    """Read a profile's recipe; the operator's own goes before a shipped one of the same name.

    Raises:
        UnknownProfile: no such profile.
        BadRecipe: its file is not a recipe; says where and why.
    """
    found = _all(data_dir).get(name)
    if found is None:
        names = ", ".join(profile_names(data_dir))
        raise UnknownProfile(f"There is no profile {name}; there are: {names}.")
    try:
        return Recipe.model_validate(tomllib.loads(found.read_text("utf-8")))
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'recipe'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise BadRecipe(f"{found}: {faults}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRecipe(f"{found}: {error}") from error


def _all(data_dir: Path | None) -> dict[str, Traversable]:
    shipped = files("rap_engine.profiles").joinpath(_SHIPPED)
    found = {file.name: file for file in shipped.iterdir()}
    if data_dir is not None and (own := data_dir / "profiles").is_dir():
        found |= {file.name: file for file in own.iterdir()}
    return {
        name.removesuffix(".toml"): file for name, file in found.items() if name.endswith(".toml")
    }
