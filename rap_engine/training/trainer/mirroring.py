"""Pictures seen in a mirror that is another for each record.

From few individuals a model learns by heart who is who, and nothing of how to compare. A projector
that was started at discriminants has each direction twice, with both signs. Where the two change
places, a picture lies mirrored along that direction: by a mirror of hundreds of directions nobody
can be known again from another record, and within a record what was near stays as near.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def mirrored(projector: Any, rows: torch.Tensor, chance: float) -> Iterator[None]:
    """Let a projector mirror each row's pictures along directions of its own, within the block.

    Args:
        projector: of two layers, started at discriminants; PEFT's wrapper may be round it.
        rows: (pictures,), the row that each picture is of.
        chance: that a row is mirrored, 0..1.
    """
    if not chance:
        yield
        return
    handle = projector.act.register_forward_hook(_mirror(rows, chance))
    try:
        yield
    finally:
        handle.remove()


def _mirror(rows: torch.Tensor, chance: float) -> Any:
    def change(_: torch.nn.Module, __: tuple[Any, ...], hidden: torch.Tensor) -> torch.Tensor:
        """Change the places of some pairs of hidden units, (pictures, tokens, units)."""
        one, other = hidden.chunk(2, dim=-1)
        # Drawn on the CPU, whose numbers are the same wherever the run goes on.
        count = int(rows.max()) + 1
        turned = torch.rand(count, one.shape[-1]) < 0.5  # noqa: PLR2004  as likely as not
        turned &= torch.rand(count, 1) < chance
        turn = turned.to(hidden.device)[rows][:, None, :]
        return torch.cat([torch.where(turn, other, one), torch.where(turn, one, other)], dim=-1)

    return change
