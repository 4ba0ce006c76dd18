"""With signs of its own a record's pictures lie as near to each other as before, elsewhere."""

from types import SimpleNamespace
from typing import Any

import pytest

from rap_engine.training.errors import BadPlan
from rap_engine.training.trainer.flipping import check_flippable, flipped

import torch  # isort: skip
from torch import nn  # isort: skip

WIDTH, HIDDEN, ROWS = 6, 32, 5
PICTURES = [2] * ROWS


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
def model() -> Any:
    torch.manual_seed(0)
    return SimpleNamespace(model=SimpleNamespace(multi_modal_projector=_Projector()))


@pytest.fixture
def pictures(model: Any) -> torch.Tensor:
    """Two pictures a row, of three tokens each."""
    return torch.randn(2 * ROWS, 3, WIDTH)


@torch.no_grad()
def _seen(model: Any, pictures: torch.Tensor, chance: float) -> torch.Tensor:
    with flipped(model, PICTURES, chance):
        projected: torch.Tensor = model.model.multi_modal_projector(pictures)
    return projected.unflatten(0, (ROWS, 2))


def test_within_a_row_everything_stays_as_near(model: Any, pictures: torch.Tensor) -> None:
    before, after = _seen(model, pictures, 0.0), _seen(model, pictures, 1.0)
    for one, other in zip(before, after, strict=True):
        assert torch.allclose(
            torch.cdist(one[0], one[1]), torch.cdist(other[0], other[1]), atol=1e-5
        )


def test_each_row_has_signs_of_its_own(model: Any, pictures: torch.Tensor) -> None:
    same = pictures[:1].repeat(2 * ROWS, 1, 1)
    seen = _seen(model, same, 1.0)
    assert torch.equal(seen[:, 0], seen[:, 1])
    places = seen[:, 0].flatten(1)
    apart = torch.cdist(places, places) + torch.eye(ROWS)
    assert (apart > 0.1).all()
    assert torch.allclose(places.abs(), places[0].abs().expand_as(places), atol=1e-5)


def test_the_chance_is_that_of_rows(model: Any, pictures: torch.Tensor) -> None:
    plain = _seen(model, pictures, 0.0)
    assert torch.equal(plain.flatten(0, 1), model.model.multi_modal_projector(pictures))
    changed = [
        (_seen(model, pictures, 0.5) != plain).flatten(1).any(1).float().mean().item()
        for _ in range(60)
    ]
    assert 0.35 < sum(changed) / len(changed) < 0.65


@pytest.mark.parametrize("sizes", [[2, 3], [1] * 5, [3, 2]])
@torch.no_grad()
def test_signs_do_not_depend_on_how_rows_are_cut(
    model: Any, pictures: torch.Tensor, sizes: list[int]
) -> None:
    counts = [3, 0, 6, 0, 1]
    torch.manual_seed(1)
    with flipped(model, counts, 1.0):
        whole = model.model.multi_modal_projector(pictures)
    seen, left = [], pictures
    torch.manual_seed(1)
    for size in sizes:
        few, counts = counts[:size], counts[size:]
        with flipped(model, few, 1.0):
            seen.append(model.model.multi_modal_projector(left[: sum(few)]))
        left = left[sum(few) :]
    assert torch.allclose(torch.cat(seen), whole, atol=1e-6)


def test_behind_the_block_nothing_is_flipped(model: Any, pictures: torch.Tensor) -> None:
    before = model.model.multi_modal_projector(pictures)
    _seen(model, pictures, 1.0)
    assert torch.equal(model.model.multi_modal_projector(pictures), before)


def test_only_halves_of_both_signs_can_be_flipped(model: Any) -> None:
    check_flippable(model)
    model.model.multi_modal_projector.linear_2.weight.data[:, 0] += 5
    with pytest.raises(BadPlan, match="was not started"):
        check_flippable(model)
    with pytest.raises(BadPlan, match="no LLaVA"):
        check_flippable(SimpleNamespace(model=SimpleNamespace()))
