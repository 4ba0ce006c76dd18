"""The sentence that a terminal shows for an error: the chat's own where it has one."""

from bot.texts.catalogue import catalogue_for, codes
from rap_engine.errors import BadInfo, BadName, BadPhoto, NameTaken, RapError, UnknownConcept
from rapbot.client import JobFailed


def sentence_of(error: RapError) -> str:
    """Return what to tell the person who typed."""
    code = _code_of(error)
    if code not in codes():
        return str(error)
    params = {"name": error.name} if isinstance(error, NameTaken | UnknownConcept) else {}
    return catalogue_for().say(code, **params)


def _code_of(error: RapError) -> str:
    match error:
        case BadPhoto() | BadName() | BadInfo():
            return f"{error.code}.{error.reason}"
        case JobFailed():
            return error.notice
        case _:
            return error.code
