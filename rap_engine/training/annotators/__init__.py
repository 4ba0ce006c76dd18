"""Annotators: what photos show, in words. `openai` and `generated` are imported where used."""

from rap_engine.training.annotators.cache import CachedAnnotator
from rap_engine.training.annotators.protocol import (
    Annotator,
    Asked,
    NoAnnotation,
    Sight,
    Subject,
    mark,
    named,
)
from rap_engine.training.annotators.templates import TemplateAnnotator

__all__ = [
    "Annotator",
    "Asked",
    "CachedAnnotator",
    "NoAnnotation",
    "Sight",
    "Subject",
    "TemplateAnnotator",
    "mark",
    "named",
]
