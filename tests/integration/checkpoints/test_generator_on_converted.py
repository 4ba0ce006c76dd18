"""A converted checkpoint answers through the generator of the profiles that use it."""

from pathlib import Path

import pytest
from PIL import Image

from rap_engine.checkpoints.llava import convert_llava
from rap_engine.generate import GenerationRequest
from rap_engine.generate.language_model import Budget, Decoding, LanguageModelGenerator
from tests.models.original_llava import Family, build_original, save_original, save_tower


@pytest.mark.parametrize("family", ["llama", "phi3"])
def test_a_converted_checkpoint_answers(family: Family, tmp_path: Path) -> None:
    original = build_original(family)
    source, tower = save_original(original, tmp_path / "o"), save_tower(original, tmp_path / "t")
    convert_llava(source, tmp_path / "c", tower)
    generator = LanguageModelGenerator.load(
        "converted",
        tmp_path / "c",
        device="cpu",
        is_rap=True,
        boxes_are_padded=True,
        budget=Budget(context=512, max_references=2, max_new_tokens=5),
        decoding=Decoding(),
    )
    photo = Image.new("RGB", (60, 40), "red")

    answer = generator.generate(GenerationRequest("What is this?", photo, (), ()))

    # Of random weights: that it is one is all that can be said of it.
    assert answer.text
    assert "<image>" not in answer.text
