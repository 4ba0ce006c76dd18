"""Photos into embeddings (paper, section 3.1: the key of a view is E(I))."""

from rap_engine.encode.encoder import Encoder

__all__ = ["Encoder"]
