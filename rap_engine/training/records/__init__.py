"""Personalization records: what they are, and their files."""

from rap_engine.training.records.manifest import Manifest
from rap_engine.training.records.record import (
    BadRecord,
    Kind,
    Record,
    RecordReference,
    Said,
    Speaker,
)
from rap_engine.training.records.shards import ShardedRecords, ShardWriter

__all__ = [
    "BadRecord",
    "Kind",
    "Manifest",
    "Record",
    "RecordReference",
    "Said",
    "ShardWriter",
    "ShardedRecords",
    "Speaker",
]
