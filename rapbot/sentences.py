"""The sentence that a terminal shows for an error: the chat's own where it has one."""

from bot.texts.catalogue import catalogue_for, codes
from rap_engine.concept_text import BadCategory
from rap_engine.errors import BadInfo, BadName, BadPhoto, NameTaken, RapError, UnknownConcept
from rapbot.client import JobFailed

SERVER_AWAY_SENTENCE = "A server does not answer. Is it being restarted? `rapbot doctor` tells."


def sentence_of(error: RapError) -> str:
    """Return what to tell the person who typed."""
    code = _code_of(error)
    if code not in codes():
        return str(error)
    return catalogue_for().say(code, **_params_of(error))


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
