"""Which base a profile's adapters are of."""

from typing import Any

from rap_engine.checkpoints.store import WeightsStore
from rap_engine.profiles.recipe import Recipe, TransformersRecipe


def base_of(recipe: Recipe, store: WeightsStore) -> str | None:
    """Return what names the base of a profile: the source of its weights, with its version.

    The version is the commit that was fetched where that is known, else the revision or the SHA-256
    that the recipe names. None for a profile that takes no adapters.
    """
    if not isinstance(recipe.generator, TransformersRecipe):
        return None
    source = recipe.generator.source
    record, said = store.record(source), _said(source)
    commit = None if record is None else record.commit
    return f"{source.slug}@{commit or said.get('revision') or said.get('sha256')}"


def _said(source: Any) -> dict[str, Any]:
    """Return all that a source says; only some have a revision."""
    described: dict[str, Any] = source.model_dump(mode="json")
    return described
