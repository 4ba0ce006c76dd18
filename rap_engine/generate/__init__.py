"""Generate: an answer from a question and the references that were retrieved for it."""

from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.protocol import (
    Adaptable,
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
    "ComposedGenerator",
    "Generated",
    "GenerationRequest",
    "Generator",
    "LocatedName",
    "Pair",
    "Turn",
    "Verifier",
]
