"""Questions that the evidence answers by itself, so that no model is asked."""

from typing import Final

from rap_engine.concept_text import defuse
from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.prompt import sought_in
from rap_engine.generate.protocol import Generated, GenerationRequest
from rap_engine.generate.question import Asks, understand

_IN_WORDS_ALONE: Final = frozenset({Asks.HELLO, Asks.THANKS, Asks.PLACE})


def answer_from_evidence(request: GenerationRequest) -> Generated | None:
    """Return the composed answer where a model could not better it; None for all else.

    That is small talk, a question about a photo that is not there, or about nobody that was
    remembered, and a place for which no model is asked to point: it would point at a stranger.
    """
    asks = understand(request).asks
    if request.photo is not None:
        sought = sought_in(request)
        can_point = sought is not None and sought.match is not None
        is_enough = asks is Asks.PLACE and not can_point
        return ComposedGenerator().generate(request) if is_enough else None
    composed = ComposedGenerator().generate(request)
    is_about_nobody = asks is Asks.TELL and not (request.references and defuse(request.question))
    is_enough = composed.needs_photo or asks in _IN_WORDS_ALONE or is_about_nobody
    return composed if is_enough else None
