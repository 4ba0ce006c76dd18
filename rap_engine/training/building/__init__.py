"""From scenes and ready-made records to a folder of records."""

from rap_engine.training.building.build import build_records
from rap_engine.training.building.builder import Supply

__all__ = ["Supply", "build_records"]
