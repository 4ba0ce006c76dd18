"""Asks any OpenAI-compatible vision model; the paper asked Gemini 1.5 (section 3.4)."""

import hashlib
import time
from collections.abc import Callable
from typing import Final, Self, TypeVar

from pydantic import SecretStr

from config.logs import get_logger
from rap_engine.errors import BadPhoto, NotConfigured
from rap_engine.generate.conversation import Message
from rap_engine.generate.openai_server.connection import Connection
from rap_engine.generate.openai_server.dialect import Ask
from rap_engine.generate.openai_server.messages import as_messages
from rap_engine.generate.openai_server.patience import Patience
from rap_engine.generate.prompt import Picture
from rap_engine.images import open_photo
from rap_engine.training.annotators import asking
from rap_engine.training.annotators.checking import (
    WrittenCaption,
    WrittenInfo,
    WrittenQuestions,
    checked,
    read_written,
)
from rap_engine.training.annotators.protocol import Asked, NoAnnotation, Sight

T = TypeVar("T")
_log = get_logger(__name__)

_MOST_TOKENS: Final = 1024
# The first try as surely as the model can; the same words again would be bad again.
TEMPERATURES: Final = (0.0, 0.5, 1.0)
_SMALLEST_CROP_PX: Final = 1
_FILTERED: Final = "content_filter"


class OpenAiAnnotator:
    """Asks one model of one server for JSON, checks it, and asks again for a bad answer.

    Holds connections: `close` it.
    """

    def __init__(self, connection: Connection, wait: Patience) -> None:
        self._connection = connection
        self._wait = wait
        prompts = hashlib.sha256("\0".join(asking.ALL).encode()).hexdigest()[:12]
        self.name = f"openai {connection.model} {prompts}"

    @classmethod
    def connect(
        cls,
        *,
        base_url: str | None,
        api_key: SecretStr | None,
        model: str | None,
        wait: Patience | None = None,
    ) -> Self:
        """Return an annotator for one model of one server; nothing is sent yet.

        Raises:
            NotConfigured: the settings name no server or no model.
        """
        if not base_url or not model:
            raise NotConfigured(
                "the annotator `openai` needs a server: set RAPBOT_OPENAI_BASE_URL, for instance"
                " http://127.0.0.1:8000/v1, and RAPBOT_OPENAI_MODEL"
            )
        wait = wait or Patience()
        return cls(Connection(base_url, api_key, model, wait), wait)

    def close(self) -> None:
        """Close the connections to the server."""
        self._connection.close()

    def describe(self, sight: Sight) -> str:
        """Have the model describe the subject.

        Raises:
            NoAnnotation: no answer of a few was of use.
            ServerError: the server is away or refuses; what was answered before is kept.
        """
        return self._asked(
            sight,
            asking.describe(sight),
            lambda said: checked(read_written(said, WrittenInfo).info, 1),
        )

    def caption(self, sight: Sight) -> str:
        """Have the model give a caption; raises as `describe`."""
        count = len(sight.subjects)
        return self._asked(
            sight,
            asking.caption(sight),
            lambda said: checked(
                read_written(said, WrittenCaption).caption, count, names=range(1, count + 1)
            ),
        )

    def questions(self, sight: Sight) -> tuple[Asked, ...]:
        """Have the model think of questions and answer them; raises as `describe`."""
        count = len(sight.subjects)

        def read(said: str) -> tuple[Asked, ...]:
            return tuple(
                Asked(checked(one.question, count), checked(one.answer, count))
                for one in read_written(said, WrittenQuestions).questions
            )

        return self._asked(sight, asking.questions(sight), read)

    def _asked(self, sight: Sight, words: str, read: Callable[[str], T]) -> T:
        messages = as_messages((Message("user", (_picture(sight), "\n", words)),))
        why = NoAnnotation("the model was not asked")
        for temperature in TEMPERATURES:
            ask = Ask(messages, _MOST_TOKENS, temperature)
            reply = self._connection.ask(ask, time.monotonic() + self._wait.answer_s)
            if reply.finish == _FILTERED:
                raise NoAnnotation("the server's content filter withheld the answer")
            try:
                return read(reply.text)
            except NoAnnotation as error:
                _log.info("bad_annotation", model=self._connection.model, why=str(error))
                why = error
        raise why


def _picture(sight: Sight) -> Picture:
    try:
        return Picture(open_photo(sight.photo, _SMALLEST_CROP_PX))
    except BadPhoto as error:
        raise NoAnnotation(f"the photo cannot be read: {error}") from error
