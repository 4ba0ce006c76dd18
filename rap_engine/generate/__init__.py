"""Generate: an answer from a question and the references that were retrieved for it."""

from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.protocol import (
    Adaptable,
    Closeable,
    Generated,
    GenerationRequest,
    Generator,
    LocatedName,
    Pair,
    Turn,
    Verifier,
)

__all__ = [
    "Adaptable",
    "Closeable",
    "ComposedGenerator",
    "Generated",
    "GenerationRequest",
    "Generator",
    "LocatedName",
    "Pair",
    "Turn",
    "Verifier",
]
