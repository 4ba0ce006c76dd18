"""Personalization records: what they are, and their files."""

from rap_engine.training.records.record import (
    BadRecord,
    Kind,
    Record,
    RecordReference,
    Said,
    Speaker,
)

__all__ = ["BadRecord", "Kind", "Record", "RecordReference", "Said", "Speaker"]
