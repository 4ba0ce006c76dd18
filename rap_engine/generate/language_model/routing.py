"""Which requests need no model: the database answers them, or nobody can."""

from rap_engine.concept_text import defuse
from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.prompt import sought_in
from rap_engine.generate.protocol import Generated, GenerationRequest
from rap_engine.generate.question import Asks, understand


def answer_without_model(
    request: GenerationRequest, composed: ComposedGenerator
) -> Generated | None:
    """Return the composed answer to what needs no model, None for everything else."""
    asks = understand(request).asks
    if request.photo is not None:
        sought = sought_in(request)
        # Somebody who was not recognised is not pointed to: a stranger is given no name.
        is_found = sought is not None and sought.match is not None
        return composed.generate(request) if asks is Asks.PLACE and not is_found else None
    answer = composed.generate(request)
    is_known = asks in (Asks.HELLO, Asks.THANKS, Asks.PLACE) or answer.needs_photo
    is_unknown = asks is Asks.TELL and not (request.references and defuse(request.question))
    return answer if is_known or is_unknown else None
