"""From scenes and ready-made records to a folder of records."""

from rap_engine.training.building.build import Supply, build_records

__all__ = ["Supply", "build_records"]
