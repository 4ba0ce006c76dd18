"""The generator: which requests need a model, what it reads, and what becomes of its words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from rap_engine.generate.boxes import parse_box, without_padding
from rap_engine.generate.composed import ComposedGenerator
from rap_engine.generate.evidence import answer_from_evidence
from rap_engine.generate.language_model.adapters import AdapterRack
from rap_engine.generate.language_model.answers import Speech, Words
from rap_engine.generate.language_model.checkpoint import (
    Checkpoint,
    Quantization,
    load_checkpoint,
)
from rap_engine.generate.language_model.conversation import plain_conversation, rap_conversation
from rap_engine.generate.language_model.counting import TokenCounter
from rap_engine.generate.language_model.decoding import Decoder, Listener, ends_of
from rap_engine.generate.language_model.features import inputs_for
from rap_engine.generate.language_model.fitting import Fitted, Fitter
from rap_engine.generate.language_model.settings import Budget, Decoding
from rap_engine.generate.language_model.template import ChatTemplate, Message, Rendered
from rap_engine.generate.language_model.yes_no import YesNo
from rap_engine.generate.pointing import located
from rap_engine.generate.prompt import same_prompt, sought_in
from rap_engine.generate.protocol import Generated, GenerationRequest, Pair
from rap_engine.types import Box, Reference


@dataclass(frozen=True, slots=True)
class _Task:
    """A request that the model answers."""

    request: GenerationRequest
    fitted: Fitted
    rendered: Rendered
    words: Words


class LanguageModelGenerator:
    """Answers with a multimodal language model: an `Adaptable` and a `Verifier`.

    What the database answers, or nobody can without a photo, the composed generator answers: no
    model is asked. Not shared between threads.
    """

    def __init__(
        self,
        name: str,
        checkpoint: Checkpoint,
        *,
        is_rap: bool,
        boxes_are_padded: bool,
        budget: Budget,
        decoding: Decoding,
    ) -> None:
        self.name = name
        self._tokenizer = checkpoint.processor.tokenizer
        self._template = ChatTemplate(checkpoint.processor)
        self._compose = rap_conversation if is_rap else plain_conversation
        counter = TokenCounter(self._template, checkpoint.processor)
        self._fitter = Fitter(counter, budget, self._compose)
        self._inputs = inputs_for(checkpoint)
        self._decoder = Decoder(checkpoint, ends_of(checkpoint, self._template.end_of_turn()))
        self._decoding = decoding
        self._composed = ComposedGenerator(name)
        self._boxes_are_padded = boxes_are_padded
        self._adapters = AdapterRack(checkpoint.model)

    @classmethod
    def load(
        cls,
        name: str,
        folder: Path,
        *,
        device: str,
        quantization: Quantization = "none",
        is_rap: bool,
        boxes_are_padded: bool,
        budget: Budget,
        decoding: Decoding,
    ) -> Self:
        """Load a checkpoint from a local folder.

        Args:
            name: what made an answer, as its row says it.
            folder: safetensors, configuration, tokenizer and processor.
            device: `auto`, `cpu`, `cuda` or `cuda:N`.
            quantization: width of the language model's weights; any but `none` needs a GPU.
            is_rap: whether it was trained on RAP's prompts.
            boxes_are_padded: whether its places are shares of the photo padded to a square.
            budget: how its context is shared out.
            decoding: how the next token is chosen.

        Raises:
            WeightsError: the folder cannot be loaded, or not in this way.
            OutOfMemory: the device has no room for the weights.
        """
        return cls(
            name,
            load_checkpoint(folder, device, quantization),
            is_rap=is_rap,
            boxes_are_padded=boxes_are_padded,
            budget=budget,
            decoding=decoding,
        )

    @property
    def adapter(self) -> str | None:
        """Name of the adapter in use; None for the base alone."""
        return self._adapters.in_use

    def use_adapter(self, folder: Path | None) -> None:
        """Answer with the adapter of this folder from now on, or with the base alone.

        Raises:
            BadAdapter: it is no adapter of this base, or not safetensors; the one in use stays.
        """
        self._adapters.use(folder)
        self._inputs.forget()

    def generate(self, request: GenerationRequest) -> Generated:
        """Return the answer to the request's question.

        Raises:
            QuestionTooLong: the question fills the context by itself.
            OutOfMemory: the device has no room for this question.
        """
        return self.generate_many([request])[0]

    def generate_many(self, requests: Sequence[GenerationRequest]) -> list[Generated]:
        """Return the answers to several questions, at most two batches of them.

        Raises:
            QuestionTooLong: a question fills the context by itself.
            OutOfMemory: the device has no room for this batch.
        """
        answers = {at: answer_from_evidence(request) for at, request in enumerate(requests)}
        tasks = {at: self._task(requests[at]) for at, known in answers.items() if known is None}
        for batch in _batches(tasks):
            said = self._said([tasks[at] for at in batch])
            answers |= {
                at: self._answer(tasks[at], tokens) for at, tokens in zip(batch, said, strict=True)
            }
        return [answer for answer in answers.values() if answer is not None]

    def stream(
        self,
        request: GenerationRequest,
        on_text: Callable[[str], None],
        stop: Callable[[], bool] | None = None,
    ) -> Generated:
        """Return the answer as `generate` does, and hand out its text piece by piece before.

        Args:
            request: what is asked.
            on_text: gets the pieces; put together they are the answer's text. A place comes whole.
            stop: asked after each token; the answer ends where it says yes.

        Raises:
            QuestionTooLong: the question fills the context by itself.
            OutOfMemory: the device has no room for this question.
        """
        speech = Speech(on_text)
        known = answer_from_evidence(request)
        if known is None:
            task = self._task(request)
            is_place = sought_in(request) is not None

            def hear(tokens: list[int]) -> None:
                if not is_place:
                    speech.say(task.words.settled_of(tokens))

            (tokens,) = self._said([task], Listener(hear, stop or _never))
            known = self._answer(task, tokens)
        speech.say(known.text)
        return known

    def same(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the log odds of yes against no of each pair, all pairs in one batch.

        Raises:
            QuestionTooLong: two photos do not fit the context.
            WeightsError: the vocabulary has no tokens for yes and no.
            OutOfMemory: the device has no room for this batch.
        """
        if not pairs:
            return []
        yes_no = YesNo.of(self._tokenizer)
        rendered = [self._template.render(self._asking(pair)) for pair in pairs]
        return yes_no.log_odds(self._decoder.first_logits(self._inputs.read(rendered)))

    def _asking(self, pair: Pair) -> tuple[Message, ...]:
        def of(reference: Reference) -> tuple[Message, ...]:
            return (Message("user", same_prompt(replace(pair, reference=reference))),)

        return of(self._fitter.fit_info(pair.reference, of))

    def _task(self, request: GenerationRequest) -> _Task:
        fitted = self._fitter.fit(request)
        rendered = self._template.render(self._compose(fitted.request))
        return _Task(request, fitted, rendered, Words(self._tokenizer, request.references))

    def _said(self, tasks: Sequence[_Task], listener: Listener | None = None) -> list[list[int]]:
        inputs = self._inputs.read([task.rendered for task in tasks])
        limits = [task.fitted.max_new_tokens for task in tasks]
        return self._decoder.decode(inputs, limits, self._decoding, listener)

    def _answer(self, task: _Task, tokens: Sequence[int]) -> Generated:
        text = task.words.of(tokens)
        sought = sought_in(task.request)
        if sought is not None:
            return located(task.request, sought, self._pointed(task.request, text))
        return Generated(text) if text else self._composed.generate(task.request)

    def _pointed(self, request: GenerationRequest, text: str) -> Box | None:
        box = parse_box(text)
        if box is None or request.photo is None or not self._boxes_are_padded:
            return box
        return without_padding(box, *request.photo.size)


def _never() -> bool:
    return False


def _batches(tasks: dict[int, _Task]) -> Iterator[list[int]]:
    """Yield places of tasks with pictures, then without: processors do not take both at once."""
    for has_pictures in (True, False):
        batch = [at for at, task in tasks.items() if bool(task.rendered.pictures) is has_pictures]
        if batch:
            yield batch
