"""The generator: which requests need a model, what it reads, and what becomes of its words."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

from config.settings import Quantization
from rap_engine.generate.composed import sentences
from rap_engine.generate.conversation import (
    Message,
    plain_conversation,
    rap_conversation,
    same_conversation,
)
from rap_engine.generate.evidence import answer_from_evidence
from rap_engine.generate.language_model.adapters import AdapterRack
from rap_engine.generate.language_model.checkpoint import Checkpoint, load_checkpoint
from rap_engine.generate.language_model.counting import TokenCounter
from rap_engine.generate.language_model.decoding import Decoder, Listener, ends_of
from rap_engine.generate.language_model.features import inputs_for
from rap_engine.generate.language_model.fitting import Fitter
from rap_engine.generate.language_model.settings import Budget, Decoding
from rap_engine.generate.language_model.tasks import Planner, Task, batches
from rap_engine.generate.language_model.template import ChatTemplate
from rap_engine.generate.language_model.yes_no import YesNo
from rap_engine.generate.pointing import located
from rap_engine.generate.protocol import Generated, GenerationRequest, Pair
from rap_engine.generate.speech import Speech
from rap_engine.types import Reference

# Two pictures and a cache each: in half precision a pair is 1 GB for LLaVA-1.5-13B.
_PAIRS_AT_ONCE: Final = 4


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
        counter = TokenCounter(self._template, checkpoint.processor)
        compose = rap_conversation if is_rap else plain_conversation
        self._fitter = Fitter(counter, budget, compose)
        self._planner = Planner(self._tokenizer, self._template, self._fitter, compose, decoding)
        self._inputs = inputs_for(checkpoint)
        self._decoder = Decoder(checkpoint, ends_of(checkpoint, self._template.end_of_turn()))
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
        """Return the answers to several questions, few batches of them.

        Raises:
            QuestionTooLong: a question fills the context by itself.
            OutOfMemory: the device has no room for this batch.
        """
        answers = {at: answer_from_evidence(request) for at, request in enumerate(requests)}
        tasks = {
            at: self._planner.plan(requests[at]) for at, known in answers.items() if known is None
        }
        for batch in batches(tasks):
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
            task = self._planner.plan(request)

            def hear(tokens: list[int]) -> None:
                if task.sought is None:
                    speech.say(task.words.settled_of(tokens))

            (tokens,) = self._said([task], Listener(hear, stop or _never))
            known = self._answer(task, tokens)
        speech.say(known.text)
        return known

    def same(self, pairs: Sequence[Pair]) -> list[float]:
        """Return the log odds of yes against no of each pair, a few pairs at once.

        Raises:
            QuestionTooLong: two photos do not fit the context.
            WeightsError: the vocabulary has no tokens for yes and no.
            OutOfMemory: the device has no room for a batch of them.
        """
        yes_no = YesNo.of(self._tokenizer)
        rendered = [self._template.render(self._asking(pair)) for pair in pairs]
        chunks = (
            rendered[at : at + _PAIRS_AT_ONCE] for at in range(0, len(rendered), _PAIRS_AT_ONCE)
        )
        return [
            odds
            for chunk in chunks
            for odds in yes_no.log_odds(self._decoder.first_logits(self._inputs.read(chunk)))
        ]

    def _asking(self, pair: Pair) -> tuple[Message, ...]:
        def of(reference: Reference) -> tuple[Message, ...]:
            return same_conversation(replace(pair, reference=reference))

        return of(self._fitter.fit_info(pair.reference, of))

    def _said(self, tasks: Sequence[Task], listener: Listener | None = None) -> list[list[int]]:
        inputs = self._inputs.read([task.rendered for task in tasks])
        limits = [task.max_new_tokens for task in tasks]
        return self._decoder.decode(inputs, limits, tasks[0].decoding, listener)

    def _answer(self, task: Task, tokens: Sequence[int]) -> Generated:
        text = task.words.of(tokens)
        if task.sought is None:
            return Generated(text or sentences.NO_ANSWER)
        return located(task.request, task.sought, text, are_padded=self._boxes_are_padded)


def _never() -> bool:
    return False
