"""Generate with a multimodal language model in this process: any that transformers loads."""

from rap_engine.generate.language_model import _torchvision  # noqa: F401  before any other
from rap_engine.generate.language_model.errors import QuestionTooLong
from rap_engine.generate.language_model.generator import LanguageModelGenerator
from rap_engine.generate.language_model.settings import Budget, Decoding

__all__ = ["Budget", "Decoding", "LanguageModelGenerator", "QuestionTooLong"]
