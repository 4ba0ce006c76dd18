"""Named choices of detector, encoder, generator and cutoff: recipes, and how they are loaded."""

from rap_engine.profiles.loading import Loader, Profile, load_profile
from rap_engine.profiles.recipe import Recipe
from rap_engine.profiles.shelf import BadRecipe, UnknownProfile, profile_names, read_recipe

__all__ = [
    "BadRecipe",
    "Loader",
    "Profile",
    "Recipe",
    "UnknownProfile",
    "load_profile",
    "profile_names",
    "read_recipe",
]
