"""The generator of the profile `starter`: it puts an answer together and invents nothing."""

from rap_engine.generate.composed.generator import ComposedGenerator

__all__ = ["ComposedGenerator"]
