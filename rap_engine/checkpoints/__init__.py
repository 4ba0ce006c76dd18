"""Model files from a hub: named by a recipe, fetched ahead, converted, found again (Generate)."""

from rap_engine.checkpoints.sources import HubSource, Layout, PackageSource, Source, UrlSource
from rap_engine.checkpoints.store import WeightsStore

__all__ = ["HubSource", "Layout", "PackageSource", "Source", "UrlSource", "WeightsStore"]
