"""The generator of the profile `openai`: a vision model behind an OpenAI-compatible server."""

from rap_engine.generate.openai_server.generator import OpenAiGenerator
from rap_engine.generate.openai_server.patience import Patience

__all__ = ["OpenAiGenerator", "Patience"]
