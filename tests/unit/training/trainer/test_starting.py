"""A fresh projector puts pictures among the words, before anything was learned."""

from types import SimpleNamespace
from typing import Any

import pytest

from rap_engine.training.errors import BadPlan
from rap_engine.training.trainer.starting import start_projector

import torch  # isort: skip
from torch import nn  # isort: skip

WIDTH, PICTURE_WIDTH, WORDS = 8, 20, 60


class _Projector(nn.Module):
    def __init__(self, activation: nn.Module) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(PICTURE_WIDTH, WIDTH)
        self.act = activation
        self.linear_2 = nn.Linear(WIDTH, WIDTH)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        projected: torch.Tensor = self.linear_2(self.act(self.linear_1(pictures)))
        return projected


def _model(projector: nn.Module) -> Any:
    torch.manual_seed(0)
    words = nn.Embedding(WORDS, WIDTH)
    # Of very different spread along its axes, and away from the origin.
    words.weight.data.mul_(torch.arange(WIDTH, 0, -1)).add_(3)
    return SimpleNamespace(
        model=SimpleNamespace(multi_modal_projector=projector), get_input_embeddings=lambda: words
    )


def _pictures() -> torch.Tensor:
    """Return tokens that lie along as many directions as half the model is wide, and 5 away."""
    made = torch.Generator().manual_seed(1)
    places = torch.randn(200, WIDTH // 2, generator=made) * torch.tensor([4.0, 3, 2, 1])
    directions = torch.linalg.qr(torch.randn(PICTURE_WIDTH, WIDTH // 2, generator=made))[0]
    return places @ directions.T + 5


def test_distances_between_pictures_are_kept_up_to_one_factor() -> None:
    projector, pictures = _Projector(nn.GELU()), _pictures()
    start_projector(_model(projector), [pictures])
    with torch.no_grad():
        after = torch.cdist(projector(pictures), projector(pictures))
    before = torch.cdist(pictures, pictures)
    factors = (after / before)[before > 0.1]
    assert factors.std() / factors.mean() < 1e-3


def test_pictures_lie_where_words_do_and_as_far_from_the_middle() -> None:
    projector, pictures = _Projector(nn.GELU()), _pictures()
    model = _model(projector)
    start_projector(model, [pictures])
    words = model.get_input_embeddings().weight
    with torch.no_grad():
        projected = projector(pictures)
        spread = (projected - projected.mean(0)).square().sum(1).mean().sqrt()
        words_spread = (words - words.mean(0)).norm(dim=1).mean()
    assert torch.allclose(projected.mean(0), words.mean(0), atol=1e-3)
    assert spread.item() == pytest.approx(words_spread.item(), rel=0.01)


def test_the_widest_direction_of_pictures_is_that_of_words() -> None:
    projector, pictures = _Projector(nn.GELU()), _pictures()
    model = _model(projector)
    start_projector(model, [pictures])
    with torch.no_grad():
        widest = torch.linalg.svd(projector(pictures) - projector(pictures).mean(0))[2][0]
        words = model.get_input_embeddings().weight
        of_words = torch.linalg.svd(words - words.mean(0))[2][0]
    assert abs(widest @ of_words).item() == pytest.approx(1, abs=1e-3)


def test_another_activation_cannot_carry_it() -> None:
    with pytest.raises(BadPlan, match="GELU"):
        start_projector(_model(_Projector(nn.ReLU())), [_pictures()])


def test_a_projector_of_one_layer_cannot() -> None:
    with pytest.raises(BadPlan, match="two linear layers"):
        start_projector(_model(nn.Linear(PICTURE_WIDTH, WIDTH)), [_pictures()])


def test_there_must_be_pictures() -> None:
    with pytest.raises(BadPlan, match="no pictures"):
        start_projector(_model(_Projector(nn.GELU())), [])
