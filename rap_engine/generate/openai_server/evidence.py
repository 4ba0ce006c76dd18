"""Questions that the evidence answers by itself, so that no model is asked."""

from typing import Final

from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.protocol import Generated, GenerationRequest
from rap_engine.generate.question import Asks, understand

_IN_WORDS_ALONE: Final = frozenset({Asks.HELLO, Asks.THANKS, Asks.PLACE})


def answer_from_evidence(request: GenerationRequest) -> Generated | None:
    """Return the composed answer where a model could not better it; None for all else.

    That is small talk, a question about a photo that is not there, or about nobody that was
    remembered, and a place for which the model is not asked to point: it would point at a stranger.
    """
    composed, asks = ComposedGenerator().generate(request), understand(request).asks
    if request.photo is not None:
        return composed if asks is Asks.PLACE else None
    is_about_nobody = asks is Asks.TELL and not request.references
    is_enough = composed.needs_photo or asks in _IN_WORDS_ALONE or is_about_nobody
    return composed if is_enough else None
