"""A client's error as one of ours, in words for whoever runs the bot; never with the key."""

from typing import Final

import httpx2
from openai import APIConnectionError, APIError, APIStatusError
from pydantic import SecretStr

from rap_engine.errors import ServerAway, ServerError, ServerRefused
from rap_engine.generate.openai_server import complaints

_KEY_STATUSES: Final = frozenset({401, 403})
_AWAY_STATUSES: Final = frozenset({408, 409, 429})
_NOT_FOUND: Final = 404
_REDIRECTS: Final = range(300, 400)
_SERVER_ERRORS: Final = range(500, 600)


def explained(error: APIError, model: str, key: SecretStr | None) -> ServerError:
    """Return what went wrong as a typed error.

    Raise it outside of the `except` block, so that the client's error, which may quote the key,
    does not go along as its context.
    """
    if isinstance(error, APIConnectionError):
        return ServerAway(_why_away(error))
    if complaints.refuses_images(error):
        return ServerRefused(f"the model {model!r} takes no images: serve a vision model")
    allowed = complaints.images_allowed(error)
    if allowed is not None:
        return ServerRefused(f"the server takes at most {allowed} images in a request: allow more")
    said = complaints.words_of(error, key.get_secret_value() if key else "")
    if not isinstance(error, APIStatusError):
        return ServerRefused(f"the server broke off its answer: {said}")
    return _of_status(error, model, said)


def _why_away(error: APIConnectionError) -> str:
    match error.__cause__:
        case httpx2.ConnectTimeout():
            return "the server did not accept a connection in time"
        case httpx2.TimeoutException():
            return "the server did not answer in time; not asked again, it may still be generating"
        case httpx2.ConnectError():
            return "the server cannot be reached: does RAPBOT_OPENAI_BASE_URL name it, is it up?"
        case other:
            return f"the connection to the server broke ({type(other).__name__})"


def _of_status(error: APIStatusError, model: str, said: str) -> ServerError:
    status = error.status_code
    if status in _KEY_STATUSES:
        # Not quoted: servers repeat a part of the key.
        return ServerRefused(f"the server refuses the key ({status}): see RAPBOT_OPENAI_API_KEY")
    if status == _NOT_FOUND:
        return ServerRefused(_why_not_found(error, model, said))
    if status in _REDIRECTS:
        return ServerRefused(
            f"the server is elsewhere ({status}); photos are sent to RAPBOT_OPENAI_BASE_URL alone"
        )
    if complaints.is_out_of_quota(error):
        return ServerRefused(f"the account has no quota left ({status}): {said}")
    if status in _AWAY_STATUSES or status in _SERVER_ERRORS:
        return ServerAway(f"the server is busy or broken ({status}): {said}")
    return ServerRefused(f"the server refuses the request ({status}): {said}")


def _why_not_found(error: APIStatusError, model: str, said: str) -> str:
    if error.code == "model_not_found" or "model" in said.lower():
        return f"the server knows no model {model!r}: see RAPBOT_OPENAI_MODEL. It says: {said}"
    return "nothing answers at this address: RAPBOT_OPENAI_BASE_URL usually ends in /v1"
