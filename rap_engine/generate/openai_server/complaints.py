"""What a server says when it refuses, and how to recognise a few of its reasons.

Servers agree on the protocol, not on the words and not even on the status: llama.cpp answers 500
to a picture that its model cannot read.
"""

import re
from collections.abc import Mapping
from typing import Final

from openai import APIError

_LONGEST: Final = 200
_DATA_URL: Final = re.compile(r"data:image/[^\s\"'\\)}\]]*")
_NO_IMAGES: Final = re.compile(
    r"images? inputs? (?:is|are) not supported"  # llama.cpp
    r"|is not a multimodal model|at most 0 images?\b"  # vLLM
    r"|image_url is only supported by certain models"  # OpenAI
    r"|(?:do(?:es)? not|doesn't|that) support images?\b"  # Ollama, OpenRouter
    r"|unsupported content part type\W+(?:for text-only server: )?image_url"
    r"|unknown variant `?image_url"
)
_FEWER_IMAGES: Final = re.compile(
    r"at most ([1-9]\d*) images?\b"  # vLLM: "At most 1 image(s) may be provided in one prompt."
    r"|image count \d+ exceeds limit (\d+)"  # SGLang
)
_NO_QUOTA: Final = re.compile(r"insufficient_quota|exceeded your current quota|billing")


def words_of(error: APIError, secret: str = "") -> str:
    """Return the server's own words: one line, short, without any picture; "" if it said none.

    The secret is taken out before the line is cut: none of its beginning is left.
    """
    match error.body:
        case str() as said:
            pass
        case Mapping() as body:
            said = _from_mapping(body)
        case _:
            said = error.message
    line = _DATA_URL.sub("(a picture)", " ".join(said.split()))
    line = line.replace(secret, "***") if secret else line
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def refuses_images(error: APIError) -> bool:
    """Whether the model takes words alone."""
    return _NO_IMAGES.search(words_of(error).lower()) is not None


def images_allowed(error: APIError) -> int | None:
    """Return how many pictures the server takes in a request, if that is its complaint."""
    found = _FEWER_IMAGES.search(words_of(error).lower())
    return int(found[1] or found[2]) if found else None


def is_out_of_quota(error: APIError) -> bool:
    """Whether the account is used up, which no pause mends."""
    return _NO_QUOTA.search(f"{error.code} {words_of(error)}".lower()) is not None


def is_for_good(error: APIError) -> bool:
    """Whether the same request will be refused again, whatever the status says."""
    return refuses_images(error) or images_allowed(error) is not None or is_out_of_quota(error)


def _from_mapping(body: Mapping[object, object]) -> str:
    """Find the message: OpenAI's and vLLM's `message`, FastAPI's `detail`."""
    found = (body.get(key) for key in ("message", "detail"))
    return next((said for said in found if isinstance(said, str)), "")
