"""A prompt as the messages of a chat completion, its pictures as JPEG data URLs."""

import base64
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam
from PIL import Image

from rap_engine import images
from rap_engine.concept_text import defuse
from rap_engine.generate.prompt import CAPTION, Picture, Prompt
from rap_engine.generate.protocol import Turn

PHOTO_SIDE_PX: Final = 1024
REFERENCE_SIDE_PX: Final = 512


def as_messages(
    system: str, history: Sequence[Turn], prompt: Prompt
) -> list[ChatCompletionMessageParam]:
    """Return the messages: the system's unless it is empty, earlier turns, and the prompt.

    Earlier turns are words alone. A server's template may read a special token wherever it stands
    in a text, so what people and models said is defused again here.
    """
    earlier = [message for turn in history for message in _turn(turn)]
    parts = list(_parts(prompt))
    first: list[ChatCompletionMessageParam] = (
        [{"role": "system", "content": system}] if system else []
    )
    return [*first, *earlier, {"role": "user", "content": parts}]


def _turn(turn: Turn) -> tuple[ChatCompletionMessageParam, ChatCompletionMessageParam]:
    return (
        {"role": "user", "content": defuse(turn.question) or CAPTION},
        {"role": "assistant", "content": defuse(turn.answer)},
    )


def _parts(prompt: Prompt) -> Iterator[ChatCompletionContentPartParam]:
    """Yield the prompt's parts in its order, neighbouring texts as one."""
    for is_text, group in groupby(prompt, key=lambda part: isinstance(part, str)):
        if is_text:
            yield {"type": "text", "text": "".join(part for part in group if isinstance(part, str))}
            continue
        for picture in group:
            if isinstance(picture, Picture):
                yield {"type": "image_url", "image_url": {"url": _data_url(picture)}}


def _data_url(picture: Picture) -> str:
    side = PHOTO_SIDE_PX if picture.reference is None else REFERENCE_SIDE_PX
    small = picture.image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return f"data:image/jpeg;base64,{base64.b64encode(images.to_jpeg(small)).decode('ascii')}"
