"""A fresh projector tells apart what records tell apart, before anything was learned."""

from types import SimpleNamespace
from typing import Any

import pytest

from rap_engine.training.errors import BadPlan
from rap_engine.training.trainer.starting import start_projector

import torch  # isort: skip
from torch import nn  # isort: skip

WIDTH, PICTURE_WIDTH, WORDS = 8, 20, 60
THINGS, VIEWS = 60, 40
MOST = 64

Pair = tuple[torch.Tensor, torch.Tensor]


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


def _views() -> torch.Tensor:
    """Return views of things, (things, views, width).

    Things differ along four axes, and little. Views of one thing differ along the others, and much.
    """
    made = torch.Generator().manual_seed(1)
    things = torch.zeros(THINGS, 1, PICTURE_WIDTH)
    things[..., :4] = torch.randn(THINGS, 1, 4, generator=made)
    views = torch.randn(THINGS, VIEWS, PICTURE_WIDTH, generator=made)
    views[..., :4] *= 0.1
    views[..., 4:] *= 2
    return things + views + 5


def _pairs(views: torch.Tensor) -> list[Pair]:
    return [(thing[0::2], thing[1::2]) for thing in views]


def _share_right(places: torch.Tensor) -> float:
    """Return how often the nearest of all views is one of the same thing."""
    flat = places.flatten(0, 1)
    apart = torch.cdist(flat, flat).fill_diagonal_(torch.inf)
    owner = torch.arange(len(flat)) // VIEWS
    return float((owner[apart.argmin(1)] == owner).float().mean())


def test_what_is_the_same_comes_to_lie_together() -> None:
    projector, views = _Projector(nn.GELU()), _views()
    start_projector(_model(projector), _pairs(views), MOST)
    with torch.no_grad():
        projected = projector(views)
    assert _share_right(views) < 0.2
    assert _share_right(projected) > 0.7


def test_the_map_is_affine() -> None:
    projector, views = _Projector(nn.GELU()), _views()
    start_projector(_model(projector), _pairs(views), MOST)
    one, other = views[0, :1], views[1, :1]
    with torch.no_grad():
        between = projector((one + other) / 2)
        assert torch.allclose(between, (projector(one) + projector(other)) / 2, atol=1e-4)


def test_pictures_lie_where_words_do_and_as_far_from_the_middle() -> None:
    projector, views = _Projector(nn.GELU()), _views()
    model = _model(projector)
    start_projector(model, _pairs(views), MOST)
    words = model.get_input_embeddings().weight
    with torch.no_grad():
        projected = projector(views.flatten(0, 1))
        spread = (projected - projected.mean(0)).norm(dim=1).mean()
        words_spread = (words - words.mean(0)).norm(dim=1).mean()
    assert torch.allclose(projected.mean(0), words.mean(0), atol=1e-3)
    assert spread.item() == pytest.approx(words_spread.item(), rel=0.01)


def test_what_tells_things_apart_best_lies_where_words_differ_most() -> None:
    projector, views = _Projector(nn.GELU()), _views()
    model = _model(projector)
    start_projector(model, _pairs(views), MOST)
    with torch.no_grad():
        things = projector(views).mean(1)
        widest = torch.linalg.svd(things - things.mean(0))[2][:4]
        words = model.get_input_embeddings().weight
        of_words = torch.linalg.svd(words - words.mean(0))[2][:4]
    # The same four directions, in whatever order.
    assert torch.linalg.svdvals(widest @ of_words.T).min().item() == pytest.approx(1, abs=0.02)


def test_the_best_discriminants_are_those_that_are_kept() -> None:
    views = _views()
    views[..., 0] *= 30
    first, few = _Projector(nn.GELU()), _Projector(nn.GELU())
    start_projector(_model(first), _pairs(views), 1)
    start_projector(_model(few), _pairs(views), 3)
    assert torch.linalg.matrix_rank(first.linear_1.weight).item() == 1
    assert torch.linalg.matrix_rank(few.linear_1.weight).item() == 3
    kept = first.linear_1.weight[0].abs()
    assert kept.argmax() == 0


def test_how_places_differ_is_not_taken_for_how_things_do() -> None:
    views = _views()
    # Pairs of pictures of two tokens, whose places lie far apart along one direction.
    tokens = views.unflatten(1, (VIEWS // 2, 2)).clone()
    tokens[:, :, 0, -1] += 100
    pairs = [(picture[at], picture[at + 1]) for picture in tokens for at in range(0, VIEWS // 2, 2)]
    projector = _Projector(nn.GELU())
    start_projector(_model(projector), pairs, MOST)
    towards = projector.linear_1.weight.abs().amax(0)
    assert towards[-1] < 0.5 * towards[:4].min()


def test_pictures_that_are_the_very_same_tell_nothing() -> None:
    one = torch.randn(3, PICTURE_WIDTH)
    with pytest.raises(BadPlan, match="the very same"):
        start_projector(_model(_Projector(nn.GELU())), [(one, one)], MOST)


def test_another_activation_cannot_carry_it() -> None:
    with pytest.raises(BadPlan, match="GELU"):
        start_projector(_model(_Projector(nn.ReLU())), _pairs(_views()), MOST)


def test_a_projector_of_one_layer_cannot() -> None:
    with pytest.raises(BadPlan, match="two linear layers"):
        start_projector(_model(nn.Linear(PICTURE_WIDTH, WIDTH)), _pairs(_views()), MOST)


def test_there_must_be_pictures_of_the_same() -> None:
    with pytest.raises(BadPlan, match="no record"):
        start_projector(_model(_Projector(nn.GELU())), [], MOST)
