"""The sentence that a terminal shows for an error.

What a person did wrong is said in the chat's own words. What the machine lacks is told to whoever
runs it as it is: the chat's sentence for that only asks for patience.
"""

from bot.texts.catalogue import catalogue_for, codes
from rap_engine.concept_text import BadCategory
from rap_engine.errors import (
    BadInfo,
    BadInput,
    BadName,
    BadPhoto,
    NameTaken,
    RapError,
    UnknownConcept,
)
from rapbot.client import JobFailed

_OF_A_PERSON = (BadInput, NameTaken, UnknownConcept, JobFailed)
SERVER_AWAY_SENTENCE = "A server does not answer. Is it being restarted? `rapbot doctor` tells."


def sentence_of(error: RapError) -> str:
    """Return what to tell the person who typed."""
    code = _code_of(error)
    if isinstance(error, _OF_A_PERSON) and code in codes():
        return catalogue_for().say(code, **_params_of(error))
    return str(error)


def _params_of(error: RapError) -> dict[str, str]:
    match error:
        case NameTaken() | UnknownConcept():
            return {"name": error.name}
        case JobFailed():
            return error.params
        case _:
            return {}


def _code_of(error: RapError) -> str:
    match error:
        case BadPhoto() | BadName() | BadInfo() | BadCategory():
            return f"{error.code}.{error.reason}"
        case JobFailed():
            return error.notice
        case _:
            return error.code
