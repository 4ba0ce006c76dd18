"""Regions into matches, and questions into the concepts that they name (paper, section 3.2)."""

from rap_engine.retrieve.names import named_in
from rap_engine.retrieve.retriever import Perception, Retriever

__all__ = ["Perception", "Retriever", "named_in"]
