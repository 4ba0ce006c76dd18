"""A conversation as the messages of a chat completion, its pictures as JPEG data URLs."""

import base64
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam
from PIL import Image

from rap_engine import images
from rap_engine.generate.conversation import Message
from rap_engine.generate.prompt import Picture, Prompt
from rap_engine.generate.proportions import without_stripes

PHOTO_SIDE_PX: Final = 1024
REFERENCE_SIDE_PX: Final = 512


def as_messages(conversation: Sequence[Message]) -> list[ChatCompletionMessageParam]:
    """Return the messages; those without a picture are plain strings, which any server takes."""
    return [_as_message(message) for message in conversation]


def _as_message(message: Message) -> ChatCompletionMessageParam:
    words = "".join(part for part in message.content if isinstance(part, str))
    match message.role:
        case "system":
            return {"role": "system", "content": words}
        case "assistant":
            return {"role": "assistant", "content": words}
        case "user":
            has_picture = any(isinstance(part, Picture) for part in message.content)
            content = list(_parts(message.content)) if has_picture else words
            return {"role": "user", "content": content}


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
    jpeg = images.to_jpeg(without_stripes(small))
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"
