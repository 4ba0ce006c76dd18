"""Discriminants whose signs are drawn anew for each record.

From few individuals a model learns by heart who is who, and nothing of how to compare. A projector
that was started at discriminants has each direction twice, with both signs. Where the two change
places, pictures lie on the other side along that direction. All pictures of a record are flipped
alike: what was near stays as near, and on which side of what somebody lies says nothing of who it
is.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import torch

from rap_engine.training.errors import BadPlan

_EVEN: Final = 0.5
_MOST_APART: Final = 0.1


def check_flippable(model: Any) -> None:
    """Check that a projector has each direction with both signs, as one that was started so.

    Raises:
        BadPlan: it does not: to change halves would hand the model noise.
    """
    projector = getattr(getattr(model, "model", None), "multi_modal_projector", None)
    layers = [getattr(projector, f"linear_{number}", None) for number in (1, 2)]
    if any(layer is None for layer in layers):
        raise BadPlan("sign_flips: the base is no LLaVA with a projector of two layers.")
    first, second = (layer.weight.detach().float() for layer in layers)  # type: ignore[union-attr]
    for one, other in (first.chunk(2, dim=0), second.chunk(2, dim=1)):
        if (one + other).norm() > _MOST_APART * one.norm():
            raise BadPlan("sign_flips: the projector was not started at discriminants.")


@contextmanager
def flipped(model: Any, pictures: Sequence[int], chance: float) -> Iterator[None]:
    """Let a projector flip each row's pictures along directions of its own, within the block.

    Args:
        model: a LLaVA whose projector is flippable; PEFT's wrapper may be round that.
        pictures: how many pictures each row has.
        chance: that a row is flipped, 0..1.
    """
    if not chance:
        yield
        return
    projector = model.model.multi_modal_projector
    # On the CPU, row by row, for rows without pictures too: the same however a step is cut.
    drawn = torch.rand(len(pictures), projector.linear_2.in_features // 2 + 1)
    turned = (drawn[:, 1:] < _EVEN) & (drawn[:, :1] < chance)
    each = turned.repeat_interleave(torch.tensor(pictures), 0)[:, None]

    def flip(_: torch.nn.Module, __: tuple[Any, ...], hidden: torch.Tensor) -> torch.Tensor:
        """Change the places of some pairs of hidden units, (pictures, tokens, units)."""
        turn = each.to(hidden.device)
        one, other = hidden.chunk(2, dim=-1)
        return torch.cat([torch.where(turn, other, one), torch.where(turn, one, other)], dim=-1)

    handle = projector.act.register_forward_hook(flip)
    try:
        yield
    finally:
        handle.remove()
