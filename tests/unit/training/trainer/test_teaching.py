"""The loss: that of the plain model, however it is cut, on pixels or on what was kept of them."""

from pathlib import Path
from typing import Any

import pytest
import torch

from rap_engine.generate.language_model.checkpoint import Checkpoint, load_checkpoint
from rap_engine.training.errors import BadPlan
from rap_engine.training.records import Record
from rap_engine.training.trainer import adapter
from rap_engine.training.trainer.examples import Example
from rap_engine.training.trainer.features import KeptFeatures
from rap_engine.training.trainer.lessons import LessonWriter
from rap_engine.training.trainer.sights import Sight, sight_for
from rap_engine.training.trainer.teaching import Teacher, batch_of
from tests.models.other_vision_models import write_onevision, write_qwen, write_smolvlm
from tests.unit.generate.language_model.generators import watched
from tests.unit.training.trainer.subjects import plan, records

CPU = torch.device("cpu")


def _examples(checkpoint: Checkpoint, sight: Sight, chosen: list[Record]) -> list[Example]:
    writer = LessonWriter(checkpoint, sight.tokens)
    return [
        Example(
            writer.write(one),
            tuple(
                sight.look(path)
                for path in (
                    *([one.image] if one.image else []),
                    *(reference.crop for reference in one.references),
                )
            ),
        )
        for one in chosen
    ]


def _teacher(checkpoint: Checkpoint, sight: Sight) -> Teacher:
    return Teacher(
        checkpoint.model, sight, checkpoint.model.generation_config.pad_token_id, "float32"
    )


def _plain_loss(checkpoint: Checkpoint, sight: Sight, examples: list[Example]) -> torch.Tensor:
    """Return the loss as transformers computes it, of all rows in one batch, logits everywhere."""
    batch = batch_of(examples, checkpoint.model.generation_config.pad_token_id, CPU)
    labels = batch.tokens.masked_fill(~batch.learned, -100)
    inputs = sight.inputs([each.pictures for each in examples], batch.tokens)
    loss: torch.Tensor = checkpoint.model(
        input_ids=batch.tokens, attention_mask=batch.mask, labels=labels, **inputs
    ).loss
    return loss


def _learned(examples: list[Example]) -> int:
    return sum(each.lesson.learned for each in examples)


def test_labels_are_on_the_answers_alone(checkpoint: Checkpoint, photos: Path) -> None:
    examples = _examples(checkpoint, sight_for(checkpoint, photos), records()[6:10])
    batch = batch_of(examples, 3, CPU)
    assert batch.tokens.shape[1] == max(len(each.lesson.tokens) for each in examples)
    for row, each in enumerate(examples):
        count = len(each.lesson.tokens)
        assert batch.tokens[row].tolist() == [
            *each.lesson.tokens,
            *[3] * (len(batch.mask[row]) - count),
        ]
        assert batch.mask[row].nonzero().flatten().tolist() == list(range(count))
        places = [at for start, end in each.lesson.spans for at in range(start, end)]
        assert batch.learned[row].nonzero().flatten().tolist() == places
    image = checkpoint.processor.image_token_id
    assert (batch.tokens == image).any()
    assert not batch.learned[batch.tokens == image].any()


def test_the_loss_is_the_plain_models(checkpoint: Checkpoint, photos: Path) -> None:
    sight = sight_for(checkpoint, photos)
    examples = _examples(checkpoint, sight, records())
    loss = _teacher(checkpoint, sight).loss_sum(examples) / _learned(examples)
    torch.testing.assert_close(loss, _plain_loss(checkpoint, sight, examples))


@pytest.mark.parametrize("write", [write_smolvlm, write_onevision, write_qwen])
def test_the_loss_is_the_plain_models_in_other_architectures_too(
    write: Any, tmp_path: Path, photos: Path
) -> None:
    write(tmp_path)
    checkpoint = load_checkpoint(tmp_path, "cpu", "none")
    sight = sight_for(checkpoint, photos)
    examples = _examples(checkpoint, sight, records()[7:])
    pictured, worded = examples[:4], examples[4:]
    teacher = _teacher(checkpoint, sight)
    plain = sum(
        _plain_loss(checkpoint, sight, some) * _learned(some) for some in (pictured, worded)
    )
    measured = teacher.measure([*worded, *pictured], micro_batch=8)
    torch.testing.assert_close(measured, plain)


def test_the_head_looks_at_no_other_place(checkpoint: Checkpoint, photos: Path) -> None:
    sight = sight_for(checkpoint, photos)
    examples = _examples(checkpoint, sight, records())
    shapes: list[tuple[int, ...]] = []
    checkpoint.model.lm_head.register_forward_hook(
        lambda _, __, logits: shapes.append(tuple(logits.shape))
    )
    _teacher(checkpoint, sight).loss_sum(examples)
    words = checkpoint.model.config.text_config.vocab_size
    assert shapes == [(1, _learned(examples), words)]


@pytest.mark.parametrize("micro_batch", [1, 3])
def test_gradients_are_the_same_however_a_batch_is_cut(
    micro_batch: int, checkpoint: Checkpoint, photos: Path
) -> None:
    sight = sight_for(checkpoint, photos)
    examples = _examples(checkpoint, sight, records())
    model = adapter.put_round(checkpoint.model, plan(), seed=0)
    for weight in adapter.learning(model).values():
        torch.nn.init.normal_(weight, std=0.1)
    model.eval()
    teacher = _teacher(checkpoint, sight)

    def gradients(size: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
        model.zero_grad()
        loss = teacher.learn(examples, size, _learned(examples))
        return loss, [weight.grad.clone() for weight in adapter.learning(model).values()]

    loss, whole = gradients(len(examples))
    assert all(gradient.abs().max() > 0 for gradient in whole)
    cut_loss, cut = gradients(micro_batch)
    torch.testing.assert_close(cut_loss, loss)
    torch.testing.assert_close(cut, whole, rtol=1e-4, atol=1e-5)


def test_kept_features_give_the_loss_of_the_pixels(
    checkpoint: Checkpoint, photos: Path, tmp_path: Path
) -> None:
    adapter.put_round(checkpoint.model, plan(), seed=0)
    sight, kept = sight_for(checkpoint, photos), KeptFeatures(checkpoint, photos, tmp_path)
    paths = [f"{number}.jpg" for number in range(8)] + ["bo.jpg", "luna.jpg"]
    assert kept.keep(paths) == 10
    with watched(checkpoint.model.model.vision_tower) as looks:
        assert kept.keep(paths) == 0
        loss = _teacher(checkpoint, kept).loss_sum(_examples(checkpoint, kept, records()))
    assert looks.pictures == []
    loss.backward()
    projector = checkpoint.model.model.multi_modal_projector.modules_to_save["default"]
    assert all(weight.grad.abs().max() > 0 for weight in projector.parameters())
    pixels = _teacher(checkpoint, sight).loss_sum(_examples(checkpoint, sight, records()))
    torch.testing.assert_close(loss, pixels, rtol=2e-3, atol=0)


def test_features_are_kept_apart_for_each_tower_and_each_photo(
    checkpoint: Checkpoint, photos: Path, tmp_path: Path
) -> None:
    KeptFeatures(checkpoint, photos, tmp_path).keep(["0.jpg", "1.jpg"])
    (before,) = tmp_path.iterdir()
    assert len(list(before.rglob("*.npy"))) == 2
    next(checkpoint.model.model.vision_tower.parameters()).data.add_(1)
    KeptFeatures(checkpoint, photos, tmp_path).keep(["0.jpg"])
    assert len(list(tmp_path.iterdir())) == 2


def test_a_base_whose_projector_is_within_its_tower_keeps_no_features(
    tmp_path: Path, photos: Path
) -> None:
    write_qwen(tmp_path)
    checkpoint = load_checkpoint(tmp_path, "cpu", "none")
    with pytest.raises(BadPlan, match="Qwen2VL"):
        KeptFeatures(checkpoint, photos, tmp_path)


def test_bf16_computes_in_bf16_and_learns_in_float32(checkpoint: Checkpoint, photos: Path) -> None:
    sight = sight_for(checkpoint, photos)
    examples = _examples(checkpoint, sight, records()[:2])
    plain = _teacher(checkpoint, sight).measure(examples, 2)
    checkpoint.model.to(torch.bfloat16)
    model = adapter.put_round(checkpoint.model, plan(), seed=0)
    teacher = Teacher(checkpoint.model, sight, 0, "bf16")
    loss = teacher.learn(examples, 2, _learned(examples)) * _learned(examples)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, plain, rtol=0.1, atol=0)
    for weight in adapter.learning(model).values():
        assert weight.dtype == weight.grad.dtype == torch.float32
