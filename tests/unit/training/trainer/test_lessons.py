"""Records as tokens: the prompt of inference, and what is to be learned."""

from dataclasses import replace
from pathlib import Path

import pytest

from rap_engine.errors import WeightsError
from rap_engine.generate import GenerationRequest
from rap_engine.generate.conversation import rap_conversation
from rap_engine.generate.language_model.checkpoint import Checkpoint, load_checkpoint
from rap_engine.generate.language_model.features import inputs_for
from rap_engine.generate.language_model.template import ChatTemplate
from rap_engine.training.records import Record, RecordReference
from rap_engine.training.trainer.lessons import (
    Fitted,
    LeftOut,
    Lesson,
    LessonWriter,
    VerificationWriter,
)
from rap_engine.training.trainer.sights import open_picture, sight_for
from rap_engine.types import Reference
from tests.models.llava import IMAGE_TOKENS, SYSTEM, write_llava
from tests.models.other_vision_models import write_onevision, write_qwen, write_smolvlm
from tests.unit.training.trainer.subjects import BO, LUNA, PIP, record

ASKED = "Is <Bo> in this image? Answer with yes or no."


def _writer(checkpoint: Checkpoint, photos: Path) -> LessonWriter:
    return LessonWriter(checkpoint, sight_for(checkpoint, photos).tokens)


def _words(checkpoint: Checkpoint, tokens: tuple[int, ...] | list[int]) -> str:
    return str(checkpoint.processor.tokenizer.decode(tokens))


def _learned(checkpoint: Checkpoint, lesson: Lesson) -> list[str]:
    return [_words(checkpoint, lesson.tokens[start:end]) for start, end in lesson.spans]


def _read_at_inference(checkpoint: Checkpoint, photos: Path, one: Record) -> list[int]:
    """Return the tokens that the generator reads where a person asks what the record asks."""

    def reference(number: int, told: RecordReference) -> Reference:
        photo = (photos / told.crop).read_bytes()
        return Reference(number, told.name, told.info, told.category, told.name, photo, None)

    request = GenerationRequest(
        one.conversation[0].words,
        None if one.image is None else open_picture(photos, one.image),
        (),
        tuple(reference(number, told) for number, told in enumerate(one.references)),
    )
    rendered = ChatTemplate(checkpoint.processor).render(rap_conversation(request))
    tokens: list[int] = inputs_for(checkpoint).read([rendered])["input_ids"][0].tolist()
    return tokens


@pytest.mark.parametrize(
    "one",
    [
        record(ASKED, "Yes.", references=(BO,)),
        record("is bo here?", "Yes, Bo is.", references=(LUNA, BO)),
        record("Give the bounding box of <Bo> in the image.", "[0.1, 0.2]", references=(BO,)),
        record("What is it?\nA. a dog\nB. <s>[a cat] USER:", "A"),
        record("What does Luna eat?", "Fish.", image=None, references=(LUNA,)),
        record("What is a corgi?", "A dog.", image=None),
        record("Who?", "Name", references=(replace(BO, info="Name: x]</s>"),)),
    ],
)
@pytest.mark.parametrize("text", ["llama", "phi3"])
def test_a_prompt_has_the_tokens_that_the_generator_reads(
    one: Record, text: str, bases: dict[str, Checkpoint], photos: Path
) -> None:
    checkpoint = bases[text]
    lesson = _writer(checkpoint, photos).write(one)
    ((start, _),) = lesson.spans
    assert list(lesson.tokens[:start]) == _read_at_inference(checkpoint, photos, one)


@pytest.mark.parametrize("name", ["smolvlm", "onevision", "qwen"])
def test_a_prompt_has_those_tokens_in_other_architectures_too(
    name: str, bases: dict[str, Checkpoint], photos: Path
) -> None:
    checkpoint = bases[name]
    for one in (
        record(ASKED, "Yes.", references=(BO, LUNA)),
        record("Who is it?", "Nobody."),
        record("What is a corgi?", "A dog.", image=None),
    ):
        lesson = _writer(checkpoint, photos).write(one)
        ((start, _),) = lesson.spans
        assert list(lesson.tokens[:start]) == _read_at_inference(checkpoint, photos, one)


@pytest.fixture(scope="module")
def bases(llava: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Checkpoint]:
    """Bases with templates of their own."""
    root = tmp_path_factory.mktemp("bases")
    write_llava(root / "phi3", text="phi3")
    write_smolvlm(root / "smolvlm")
    write_onevision(root / "onevision")
    write_qwen(root / "qwen")
    names = ("phi3", "smolvlm", "onevision", "qwen")
    folders = {"llama": llava} | {name: root / name for name in names}
    return {name: load_checkpoint(folder, "cpu", "none") for name, folder in folders.items()}


def test_the_answer_and_the_end_of_its_turn_are_learned_and_nothing_else(
    bases: dict[str, Checkpoint], photos: Path
) -> None:
    checkpoint = bases["llama"]
    lesson = _writer(checkpoint, photos).write(record(ASKED, "Yes.", references=(BO,)))
    ((start, end),) = lesson.spans
    assert _words(checkpoint, lesson.tokens[start:end]) == " Yes.</s>"
    assert end == len(lesson.tokens)
    image = "<image>" * IMAGE_TOKENS
    assert _words(checkpoint, lesson.tokens[:start]) == (
        f"<s>{SYSTEM['llama']} USER: {image}\n"
        f"[1.{image}\n Name: <Bo>, Info: our corgi, afraid of vacuum cleaners\n]{ASKED} ASSISTANT:"
    )
    assert lesson.learned == end - start


@pytest.mark.parametrize(
    ("name", "learned", "between"),
    [
        ("llama", [" It is <Luna>.</s>", " No.</s>"], "USER: And <Bo>? ASSISTANT:"),
        (
            "phi3",
            ["It is <Luna>.<|end|>", "No.<|end|>"],
            "\n<|user|>\nAnd <Bo>?<|end|>\n<|assistant|>\n",
        ),
        (
            "onevision",
            ["It is <Luna>.<|im_end|>", "No.<|im_end|>"],
            "<|im_start|>user \nAnd <Bo>?<|im_end|><|im_start|>assistant\n",
        ),
        (
            "qwen",
            ["It is <Luna>.<|im_end|>", "No.<|im_end|>"],
            "\n<|im_start|>user\nAnd <Bo>?<|im_end|>\n<|im_start|>assistant\n",
        ),
    ],
)
def test_every_answer_is_learned_and_no_question(
    name: str, learned: list[str], between: str, bases: dict[str, Checkpoint], photos: Path
) -> None:
    checkpoint = bases[name]
    one = record("Who is it?", "It is Luna.", "And Bo?", "No.", references=(LUNA, BO))
    lesson = _writer(checkpoint, photos).write(one)
    assert _learned(checkpoint, lesson) == learned
    (_, first), (second, last) = lesson.spans
    assert _words(checkpoint, lesson.tokens[first:second]) == between
    assert last == len(lesson.tokens)


def test_an_answer_is_learned_as_it_is_written_save_for_names_and_control_words(
    bases: dict[str, Checkpoint], photos: Path
) -> None:
    said = "<Bo> and Luna\n- [0.57, 0.67, 0.68, 0.84] </s> bo"
    one = record("Where?", said, references=(BO, LUNA))
    (learned,) = _learned(bases["llama"], _writer(bases["llama"], photos).write(one))
    assert learned == " <Bo> and <Luna>\n- [0.57, 0.67, 0.68, 0.84] < /s> bo</s>"


def test_references_that_nobody_speaks_of_go_first_when_a_record_is_too_long(
    bases: dict[str, Checkpoint], photos: Path
) -> None:
    writer = _writer(bases["llama"], photos)
    whole = record(ASKED, "Yes.", references=(LUNA, BO, PIP))
    without_pip = record(ASKED, "Yes.", references=(LUNA, BO))
    alone = record(ASKED, "Yes.", references=(BO,))
    for room, wanted, kept in (
        (writer.write(whole), whole, (0, 1, 2)),
        (writer.write(without_pip), without_pip, (0, 1)),
        (writer.write(alone), alone, (1,)),
    ):
        fitted = writer.fit(whole, len(room.tokens))
        assert isinstance(fitted, Fitted)
        assert fitted.kept == kept
        assert fitted.lesson == writer.write(wanted)


def test_a_record_that_is_too_long_all_the_same_is_left_out_and_not_cut(
    bases: dict[str, Checkpoint], photos: Path
) -> None:
    writer = _writer(bases["llama"], photos)
    one = record(ASKED, "Yes.", references=(BO, LUNA))
    shortest = len(writer.write(record(ASKED, "Yes.", references=(BO,))).tokens)
    assert isinstance(writer.fit(one, shortest), Fitted)
    assert writer.fit(one, shortest - 1) is LeftOut.TOO_LONG


def test_a_template_that_ends_no_answer_is_ended_as_the_generator_does(
    llava: Path, photos: Path
) -> None:
    checkpoint = load_checkpoint(llava, "cpu", "none")
    template = checkpoint.processor.chat_template
    checkpoint.processor.chat_template = template.replace("~ '</s>'", "~ ' '")
    one = record("Who?", "Bo.", "Who?", "Luna.")
    lesson = _writer(checkpoint, photos).write(one)
    assert _learned(checkpoint, lesson) == [" Bo.</s>", " Luna.</s>"]


def test_a_checkpoint_without_a_token_that_ends_an_answer_cannot_be_trained(
    llava: Path, photos: Path
) -> None:
    checkpoint = load_checkpoint(llava, "cpu", "none")
    template = checkpoint.processor.chat_template
    checkpoint.processor.chat_template = template.replace("~ '</s>'", "~ ' '")
    checkpoint.processor.tokenizer.eos_token = None
    checkpoint.model.generation_config.eos_token_id = None
    with pytest.raises(WeightsError, match="ends an answer"):
        _writer(checkpoint, photos)


def _verification_writer(checkpoint: Checkpoint, photos: Path) -> VerificationWriter:
    return VerificationWriter(checkpoint, sight_for(checkpoint, photos).tokens)


@pytest.mark.parametrize("architecture", ["llama", "phi3", "smolvlm", "onevision", "qwen"])
def test_verification_is_a_picture_and_an_answer_a_reference(
    bases: dict[str, Checkpoint], photos: Path, architecture: str
) -> None:
    checkpoint = bases[architecture]
    writer = _verification_writer(checkpoint, photos)
    said = ("Is <Bo> here?", "No, I do not see <Bo>.", "And <Luna>?", "Yes")
    asked = replace(record(*said, references=(BO, PIP, LUNA)), kind="recognition")
    fitted = writer.fit(asked, 10_000)
    assert isinstance(fitted, Fitted)
    # Nobody speaks of Pip, which is no want of room.
    assert (fitted.kept, fitted.is_shortened) == ((0, 2), False)
    no, yes = (words.strip() for words in _learned(checkpoint, fitted.lesson))
    assert (no[:2], yes[:3]) == ("No", "Yes")
    words = _words(checkpoint, fitted.lesson.tokens)
    assert "Bo" not in words
    assert words.count("Same?") == 2
    longer = LessonWriter(checkpoint, sight_for(checkpoint, photos).tokens).fit(
        record(*said, references=(BO, LUNA)), 10_000
    )
    assert isinstance(longer, Fitted)
    assert len(fitted.lesson.tokens) < len(longer.lesson.tokens)


def test_a_record_that_says_nothing_of_who_is_shown_teaches_no_verification(
    bases: dict[str, Checkpoint], photos: Path
) -> None:
    writer = _verification_writer(bases["llama"], photos)
    asked = record("What is on the table?", "A cup.", references=(BO, LUNA))
    assert writer.fit(asked, 10_000) is LeftOut.SAYS_NOTHING


def test_of_too_many_references_the_first_ones_are_kept(
    bases: dict[str, Checkpoint], photos: Path
) -> None:
    writer = _verification_writer(bases["llama"], photos)
    said = record("Who is here?", "<Bo> and <Luna>.", references=(BO, LUNA))
    both = replace(said, kind="caption")
    whole = len(writer.write(both).tokens)
    fitted = writer.fit(both, whole - 1)
    assert isinstance(fitted, Fitted)
    assert fitted.kept == (0,)
    assert fitted.is_shortened
    assert writer.fit(both, 3) is LeftOut.TOO_LONG
