"""In a record's own mirror pictures lie as near to each other as before, and elsewhere."""

import pytest

from rap_engine.training.trainer.mirroring import mirrored

import torch  # isort: skip
from torch import nn  # isort: skip

WIDTH, HIDDEN, ROWS = 6, 32, 5


class _Projector(nn.Module):
    """Has each direction twice, with both signs, as one that was started at discriminants."""

    def __init__(self) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(WIDTH, HIDDEN)
        self.act = nn.GELU()
        self.linear_2 = nn.Linear(HIDDEN, HIDDEN // 2)
        down = torch.linalg.qr(torch.randn(HIDDEN // 2, WIDTH))[0]
        self.linear_1.weight.data = torch.cat([down, -down])
        self.linear_1.bias.data.zero_()
        self.linear_2.weight.data = torch.cat([torch.eye(HIDDEN // 2), -torch.eye(HIDDEN // 2)], 1)
        self.linear_2.bias.data.zero_()

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        projected: torch.Tensor = self.linear_2(self.act(self.linear_1(pictures)))
        return projected


@pytest.fixture
def projector() -> _Projector:
    torch.manual_seed(0)
    return _Projector()


@pytest.fixture
def pictures(projector: _Projector) -> torch.Tensor:
    """Two pictures a row, of three tokens each."""
    return torch.randn(2 * ROWS, 3, WIDTH)


ROW_OF = torch.arange(ROWS).repeat_interleave(2)


@torch.no_grad()
def _seen(projector: _Projector, pictures: torch.Tensor, chance: float) -> torch.Tensor:
    with mirrored(projector, ROW_OF, chance):
        return projector(pictures).unflatten(0, (ROWS, 2))


def test_within_a_row_everything_stays_as_near(
    projector: _Projector, pictures: torch.Tensor
) -> None:
    before, after = _seen(projector, pictures, 0.0), _seen(projector, pictures, 1.0)
    for one, other in zip(before, after, strict=True):
        assert torch.allclose(
            torch.cdist(one[0], one[1]), torch.cdist(other[0], other[1]), atol=1e-5
        )


def test_each_row_has_a_mirror_of_its_own(projector: _Projector, pictures: torch.Tensor) -> None:
    same = pictures[:1].repeat(2 * ROWS, 1, 1)
    seen = _seen(projector, same, 1.0)
    assert torch.equal(seen[:, 0], seen[:, 1])
    places = seen[:, 0].flatten(1)
    apart = torch.cdist(places, places) + torch.eye(ROWS)
    assert (apart > 0.1).all()
    assert torch.allclose(places.abs(), places[0].abs().expand_as(places), atol=1e-5)


def test_the_chance_is_that_of_rows(projector: _Projector, pictures: torch.Tensor) -> None:
    plain = _seen(projector, pictures, 0.0)
    assert torch.equal(plain.flatten(0, 1), projector(pictures))
    changed = [
        (_seen(projector, pictures, 0.5) != plain).flatten(1).any(1).float().mean().item()
        for _ in range(60)
    ]
    assert 0.35 < sum(changed) / len(changed) < 0.65


def test_behind_the_block_nothing_is_mirrored(
    projector: _Projector, pictures: torch.Tensor
) -> None:
    before = projector(pictures)
    _seen(projector, pictures, 1.0)
    assert torch.equal(projector(pictures), before)
