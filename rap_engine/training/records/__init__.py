"""Personalization records: what they are, and their files."""

from rap_engine.training.kinds import Kind
from rap_engine.training.records.manifest import Manifest
from rap_engine.training.records.record import (
    BadRecord,
    Record,
    RecordReference,
    Records,
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
    "Records",
    "Said",
    "ShardWriter",
    "ShardedRecords",
    "Speaker",
]
