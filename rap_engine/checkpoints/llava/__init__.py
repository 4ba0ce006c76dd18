"""From the original LLaVA code's layout to the one that transformers loads."""

from rap_engine.checkpoints.llava.convert import convert_llava

__all__ = ["convert_llava"]
