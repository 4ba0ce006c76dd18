"""A reference's features: computed once, for all questions, and the same as ever."""

from pathlib import Path

import pytest
import torch

from rap_engine.generate import Pair
from rap_engine.generate.language_model.features import (
    FeatureInputs,
    PixelInputs,
    inputs_for,
)
from tests.models.llava import IMAGE_TOKENS, WIDTH
from tests.unit.generate.language_model.generators import (
    around,
    checkpoint_of,
    first_logits,
    rendered,
    watched,
)
from tests.unit.generate.language_model.pictures import asked, noise, pictured

BISCUIT, LUNA, PIP = pictured("Biscuit"), pictured("Luna"), pictured("Pip")
FEATURE_BYTES = IMAGE_TOKENS * WIDTH * 4


def test_a_second_question_looks_at_its_photo_alone(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    generator = around(checkpoint)
    with watched(checkpoint.model.model.vision_tower) as looks:
        generator.generate(asked("what is this?", BISCUIT, LUNA, photo=noise(0)))
        generator.generate(asked("is this Luna?", LUNA, BISCUIT, photo=noise(1)))
        generator.generate(asked("what does Luna eat?", LUNA))
    assert looks.pictures == [3, 1]


def test_several_questions_look_at_a_shared_reference_once(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    questions = [asked("what is this?", BISCUIT, photo=noise(seed)) for seed in range(3)]
    with watched(checkpoint.model.model.vision_tower) as looks:
        around(checkpoint).generate_many(questions)
    assert looks.pictures == [4]


def test_verification_shares_what_answers_looked_at(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    generator = around(checkpoint)
    with watched(checkpoint.model.model.vision_tower) as looks:
        generator.same([Pair(noise(0), BISCUIT), Pair(noise(0), LUNA)])
        generator.generate(asked("what is this?", BISCUIT, LUNA, photo=noise(1)))
    assert looks.pictures == [4, 1]


@pytest.mark.parametrize("model", ["llava", "phi"])
def test_kept_features_change_no_logits(model: str, request: pytest.FixtureRequest) -> None:
    checkpoint = checkpoint_of(request.getfixturevalue(model))
    question = asked("what is this?", BISCUIT, LUNA, photo=noise(0))
    keeping = FeatureInputs(checkpoint)
    first_logits(checkpoint, keeping, asked("is this Luna?", LUNA, BISCUIT, photo=noise(1)))
    kept = first_logits(checkpoint, keeping, question)
    fresh = first_logits(checkpoint, FeatureInputs(checkpoint), question)
    ordinary = first_logits(checkpoint, PixelInputs(checkpoint), question)
    torch.testing.assert_close(kept, fresh, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(kept, ordinary, rtol=1e-4, atol=1e-4)


def test_a_question_gets_the_features_of_its_own_references(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    inputs = FeatureInputs(checkpoint)
    biscuit, pip = (
        first_logits(checkpoint, inputs, asked("who?", one, photo=noise(0)))
        for one in (BISCUIT, PIP)
    )
    assert not torch.allclose(biscuit, pip, atol=1e-2)


def test_rows_of_a_batch_get_their_own_pictures(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    questions = [
        asked("what is this?", BISCUIT, LUNA, photo=noise(0)),
        asked("and this, please?", PIP, photo=noise(1)),
    ]
    inputs = FeatureInputs(checkpoint)
    together = first_logits(checkpoint, inputs, *questions)
    alone = torch.cat([first_logits(checkpoint, inputs, one) for one in questions])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)


def test_the_least_recently_used_features_go_first(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    inputs = FeatureInputs(checkpoint, most_bytes=2 * FEATURE_BYTES)
    with watched(checkpoint.model.model.vision_tower) as looks:
        for one in (BISCUIT, LUNA, BISCUIT, PIP, BISCUIT, LUNA):
            inputs.read([rendered(checkpoint, asked("how old?", one))])
    assert looks.pictures == [1, 1, 1, 1]  # Biscuit, Luna, Pip, and Luna again


def test_what_does_not_fit_is_not_kept(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    inputs = FeatureInputs(checkpoint, most_bytes=FEATURE_BYTES - 1)
    row = rendered(checkpoint, asked("how old?", BISCUIT))
    with watched(checkpoint.model.model.vision_tower) as looks:
        inputs.read([row])
        inputs.read([row])
    assert looks.pictures == [1, 1]


def test_forgotten_features_are_computed_again(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    inputs = FeatureInputs(checkpoint)
    row = rendered(checkpoint, asked("how old?", BISCUIT))
    with watched(checkpoint.model.model.vision_tower) as looks:
        inputs.read([row])
        inputs.forget()
        inputs.read([row])
    assert looks.pictures == [1, 1]


def test_another_view_of_a_name_is_another_picture(llava: Path) -> None:
    checkpoint = checkpoint_of(llava)
    inputs = FeatureInputs(checkpoint)
    row = rendered(checkpoint, asked("how old?", pictured("Biscuit"), pictured("Rex")))
    with watched(checkpoint.model.model.vision_tower) as looks:
        inputs.read([row])
    assert looks.pictures == [2]


def test_architectures_whose_features_depend_on_more_go_the_ordinary_way(
    llava: Path, others: dict[str, Path]
) -> None:
    assert isinstance(inputs_for(checkpoint_of(llava)), FeatureInputs)
    for folder in others.values():
        assert isinstance(inputs_for(checkpoint_of(folder)), PixelInputs)
