"""What a model is to do: a request fitted, rendered, and how its answer is decoded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from rap_engine.generate.conversation import Message
from rap_engine.generate.language_model.answers import Words
from rap_engine.generate.language_model.fitting import Fitter
from rap_engine.generate.language_model.settings import Decoding
from rap_engine.generate.language_model.template import ChatTemplate, Rendered
from rap_engine.generate.pointing import BOX_TOKENS, seeking
from rap_engine.generate.prompt import sought_in
from rap_engine.generate.protocol import GenerationRequest
from rap_engine.types import Reference

Compose = Callable[..., tuple[Message, ...]]
"""`rap_conversation` or `plain_conversation`."""


@dataclass(frozen=True, slots=True)
class Task:
    """A request that the model answers; `sought` is whose place it asks for, if anybody's."""

    request: GenerationRequest
    sought: Reference | None
    rendered: Rendered
    max_new_tokens: int
    decoding: Decoding
    words: Words


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes tasks of requests. `decoding` is of answers: a place is decoded greedily."""

    tokenizer: Any
    template: ChatTemplate
    fitter: Fitter
    compose: Compose
    decoding: Decoding

    def plan(self, request: GenerationRequest) -> Task:
        """Return what the model is to do.

        Raises:
            QuestionTooLong: the question fills the context by itself.
        """
        words = Words(self.tokenizer, request.references)
        sought = sought_in(request)
        if sought is None:
            fitted = self.fitter.fit(request)
            rendered = self.template.render(self.compose(fitted.request))
            return Task(request, None, rendered, fitted.max_new_tokens, self.decoding, words)
        compose = partial(self.compose, seeks=sought.shown_name)
        fitted = replace(self.fitter, compose=compose).fit(seeking(request, sought))
        rendered = self.template.render(compose(fitted.request))
        limit = min(fitted.max_new_tokens, BOX_TOKENS)
        return Task(request, sought, rendered, limit, Decoding(), words)


def batches(tasks: Mapping[int, Task]) -> Iterable[list[int]]:
    """Return the keys of tasks that can be decoded together.

    Processors do not take rows with pictures and without at once.
    """
    together: dict[tuple[bool, Decoding], list[int]] = {}
    for key, task in tasks.items():
        together.setdefault((bool(task.rendered.pictures), task.decoding), []).append(key)
    return together.values()
