"""Generate: an answer from a question and the references that were retrieved for it."""

from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.protocol import (
    Generated,
    GenerationRequest,
    Generator,
    LocatedName,
    Turn,
)

__all__ = [
    "ComposedGenerator",
    "Generated",
    "GenerationRequest",
    "Generator",
    "LocatedName",
    "Turn",
]
