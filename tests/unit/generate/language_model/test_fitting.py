"""What a context has room for, with the arithmetic of the published models."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from rap_engine.generate import GenerationRequest, Turn
from rap_engine.generate.conversation import Message, rap_conversation
from rap_engine.generate.language_model import Budget, QuestionTooLong
from rap_engine.generate.language_model.counting import TokenCounter
from rap_engine.generate.language_model.features import FeatureInputs
from rap_engine.generate.language_model.fitting import Fitted, Fitter
from rap_engine.generate.language_model.template import ChatTemplate
from rap_engine.types import Reference
from tests.models.llava import IMAGE_TOKENS
from tests.unit.generate.language_model.generators import checkpoint_of, rendered
from tests.unit.generate.language_model.pictures import asked, noise, pictured

LLAVA = Budget(context=2048, max_references=8, max_new_tokens=160)
PHI = Budget(context=4096, max_references=8, max_new_tokens=1024, history_tokens=512)
PHOTO = noise(0)
REFERENCES = tuple(pictured(name, info="word " * 10) for name in ("Ada", "Bo", "Cy", "Di", "Ed"))
_TEMPLATE_TOKENS = 45


class WordCounter:
    """Counts a word as a token, a picture as LLaVA-1.5 does, and what a template adds."""

    def count(self, messages: Sequence[Message]) -> int:
        parts = [part for message in messages for part in message.content]
        words = sum(len(part.split()) for part in parts if isinstance(part, str))
        pictures = sum(not isinstance(part, str) for part in parts)
        return _TEMPLATE_TOKENS + words + 576 * pictures


def _fit(request: GenerationRequest, budget: Budget) -> Fitted:
    return Fitter(WordCounter(), budget, rap_conversation).fit(request)


def _names(fitted: Fitted) -> list[str]:
    return [one.name for one in fitted.request.references]


@pytest.mark.parametrize(("budget", "names"), [(LLAVA, ["Ada", "Bo"]), (PHI, ["Ada", "Bo", "Cy"])])
def test_as_many_references_fit_as_in_the_paper(budget: Budget, names: list[str]) -> None:
    fitted = _fit(asked("who is this?", *REFERENCES, photo=PHOTO), budget)
    assert _names(fitted) == names
    assert fitted.max_new_tokens == budget.max_new_tokens


def test_without_a_photo_there_is_room_for_one_more() -> None:
    assert _names(_fit(asked("who is Ada?", *REFERENCES), LLAVA)) == ["Ada", "Bo", "Cy"]


def test_no_more_references_come_than_the_model_tells_apart() -> None:
    budget = Budget(context=100_000, max_references=4, max_new_tokens=160)
    assert _names(_fit(asked("who?", *REFERENCES, photo=PHOTO), budget)) == [
        "Ada",
        "Bo",
        "Cy",
        "Di",
    ]


def test_a_longer_question_costs_a_reference() -> None:
    fitted = _fit(asked("word " * 300, *REFERENCES, photo=PHOTO), LLAVA)
    assert _names(fitted) == ["Ada"]


def test_a_long_info_of_the_only_reference_is_shortened() -> None:
    told = pictured("Ada", info="Ada is a dog. " * 400)
    fitted = _fit(asked("who is this?", told, photo=PHOTO), LLAVA)
    (kept,) = fitted.request.references
    assert 0 < len(kept.info) < len(told.info)
    assert told.info.startswith(kept.info.removesuffix("…"))
    assert WordCounter().count(rap_conversation(fitted.request)) <= 2048 - 160
    assert len(kept.info) > 0.6 * 4 * (2048 - 160 - 2 * 576 - _TEMPLATE_TOKENS)


def test_an_info_is_not_shortened_where_it_fits() -> None:
    fitted = _fit(asked("who?", REFERENCES[0], photo=PHOTO), LLAVA)
    assert fitted.request.references == (REFERENCES[0],)


def test_the_only_reference_goes_when_even_its_picture_does_not_fit() -> None:
    budget = Budget(context=1000, max_references=8, max_new_tokens=160)
    assert _names(_fit(asked("who?", *REFERENCES, photo=PHOTO), budget)) == []


def test_a_question_that_fills_the_context_is_too_long() -> None:
    with pytest.raises(QuestionTooLong, match="leaves"):
        _fit(asked("word " * 2000, *REFERENCES, photo=PHOTO), LLAVA)


def test_a_long_question_gets_a_shorter_answer() -> None:
    fitted = _fit(asked("word " * (2048 - 576 - _TEMPLATE_TOKENS - 50), photo=PHOTO), LLAVA)
    assert fitted.max_new_tokens == 50


def _turns(count: int) -> tuple[Turn, ...]:
    return tuple(Turn(f"question{number}", "word " * 49) for number in range(count))


def test_history_gets_what_is_left_the_newest_first() -> None:
    request = asked("who?", *REFERENCES, photo=PHOTO, history=_turns(40))
    fitted = _fit(request, PHI)
    kept = fitted.request.history
    assert kept == request.history[-len(kept) :]
    # 4 pictures, 3 references of 14 words or so: 3072 - 2304 - 45 - 45 leaves 13 turns of 50.
    assert 12 <= len(kept) <= 13


def test_history_costs_no_reference() -> None:
    request = asked("who?", *REFERENCES, photo=PHOTO, history=_turns(40))
    assert _names(_fit(request, PHI)) == ["Ada", "Bo", "Cy"]


def test_a_short_history_stays_whole() -> None:
    request = asked("who?", *REFERENCES, photo=PHOTO, history=_turns(2))
    assert _fit(request, PHI).request.history == request.history


def test_a_small_request_has_half_the_references_and_half_the_answer() -> None:
    fitted = _fit(asked("who?", *REFERENCES, photo=PHOTO, is_small=True), PHI)
    assert _names(fitted) == ["Ada"]
    assert fitted.max_new_tokens == 512


def test_a_small_request_keeps_its_only_reference() -> None:
    fitted = _fit(asked("who?", REFERENCES[0], photo=PHOTO, is_small=True), PHI)
    assert _names(fitted) == ["Ada"]


def test_an_info_is_shortened_for_a_pair_of_photos() -> None:
    told = pictured("Ada", info="word " * 3000)

    def alone(reference: Reference) -> tuple[Message, ...]:
        return (Message("user", ("x " * 1900, reference.info)),)

    kept = Fitter(WordCounter(), LLAVA, rap_conversation).fit_info(told, alone)
    assert WordCounter().count(alone(kept)) <= 2047


@pytest.mark.parametrize("model", ["llava", "phi", "smolvlm", "onevision", "qwen"])
@pytest.mark.parametrize("references", [0, 2])
def test_tokens_are_counted_as_the_processor_expands_them(
    model: str, references: int, request: pytest.FixtureRequest
) -> None:
    if model in ("llava", "phi"):
        folder: Path = request.getfixturevalue(model)
    else:
        folder = request.getfixturevalue("others")[model]
    checkpoint = checkpoint_of(folder)
    template = ChatTemplate(checkpoint.processor)
    counter = TokenCounter(template, checkpoint.processor)
    messages = rap_conversation(asked("who?", *REFERENCES[:references], photo=PHOTO))
    row = template.render(messages)
    images = [[picture.image for picture in row.pictures]]
    made = checkpoint.processor(text=[row.text], images=images)["input_ids"][0]
    assert counter.count(messages) == len(made)


def test_a_picture_of_llava_costs_its_patches(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    counter = TokenCounter(ChatTemplate(checkpoint.processor), checkpoint.processor)
    with_photo = rap_conversation(asked("who?", photo=PHOTO))
    without = (Message("user", ("\nwho?",)),)
    assert counter.count(with_photo) - counter.count(without) == IMAGE_TOKENS


def test_a_picture_of_each_size_is_tried_once(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    tried: list[int] = []

    class Counting:
        tokenizer = checkpoint.processor.tokenizer

        def __call__(self, **arguments: object) -> object:
            tried.append(1)
            return checkpoint.processor(**arguments)

    counter = TokenCounter(ChatTemplate(checkpoint.processor), Counting())
    messages = rap_conversation(asked("who?", *REFERENCES[:2], photo=PHOTO))
    assert counter.count(messages) == counter.count(messages)
    assert len(tried) == 2  # the photo's size, and that of both views


def test_what_fits_is_what_the_model_reads(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    counter = TokenCounter(ChatTemplate(checkpoint.processor), checkpoint.processor)
    budget = Budget(context=200, max_references=8, max_new_tokens=10)
    fitted = Fitter(counter, budget, rap_conversation).fit(
        asked("who?", *REFERENCES, photo=PHOTO, history=_turns(3))
    )
    row = rendered(checkpoint, fitted.request)
    length = FeatureInputs(checkpoint).read([row])["input_ids"].shape[1]
    assert length + fitted.max_new_tokens <= 200
