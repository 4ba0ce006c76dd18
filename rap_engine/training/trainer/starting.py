"""Where a fresh projector starts: near to each other lie pictures that show the same.

A projector of random weights hands the language model noise, and much of a small run is spent until
pictures mean anything. Which directions tell things apart is known without a single step, by linear
discriminants (Fisher 1936; Rao 1948): those along which pictures differ much, and pictures of one
and the same thing little. They are laid where words differ most, as far from the middle as words
lie. Language models attend from a word to the same word said before, and so they do with pictures.
"""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

from collections.abc import Iterable
from typing import Any, Final

import torch

from rap_engine.training.errors import BadPlan

_MOST_TOKENS: Final = 60_000
_SHRINKAGE: Final = 1.0
"""Added to how pictures of the same differ, as a share of its mean over all directions."""


@torch.no_grad()
def start_projector(
    model: Any, pairs: Iterable[tuple[torch.Tensor, torch.Tensor]], most: int
) -> None:
    """Set a two-layer projector to the affine map from pictures to words described above.

    GELU(x) - GELU(-x) = x, so a hidden layer that has each direction twice, with both signs,
    carries it through unchanged: at most half as many discriminants as the layer is wide. Units
    that are left are silent, and stay so.

    Args:
        model: a LLaVA.
        pairs: what the tower says of two pictures that show the same, (tokens, width) each.
        most: how many discriminants; a head of attention compares few, so the best ones alone.

    Raises:
        BadPlan: there are no pairs that differ, or the projector is of another form.
    """
    first, second = _layers_of(model.model.multi_modal_projector)
    one, other = _gathered(pairs, first.weight)
    count = min(most, second.in_features // 2, first.in_features)
    down, middle = _discriminants(one, other, count)
    words = model.get_input_embeddings().weight.float()
    up, centre = _principal(words, count)
    places = (torch.cat([one, other]) - middle) @ down.T
    size = (words - centre).norm(dim=1).mean() / places.norm(dim=-1).mean()
    shift = -(down @ middle)
    for parameter in (*first.parameters(), *second.parameters()):
        parameter.zero_()
    half = second.in_features // 2
    for at, sign in ((0, 1), (half, -1)):
        first.weight[at : at + count] = sign * down
        first.bias[at : at + count] = sign * shift
        second.weight[:, at : at + count] = sign * size * up.T
    second.bias.copy_(centre)


def _layers_of(projector: Any) -> tuple[torch.nn.Linear, torch.nn.Linear]:
    first, second = (getattr(projector, f"linear_{number}", None) for number in (1, 2))
    if not isinstance(first, torch.nn.Linear) or not isinstance(second, torch.nn.Linear):
        raise BadPlan("projector_start: only a projector of two linear layers can start so.")
    has_biases = first.bias is not None and second.bias is not None
    if not has_biases or "gelu" not in type(projector.act).__name__.lower():
        raise BadPlan("projector_start: the projector needs GELU and biases.")
    return first, second


def _gathered(
    pairs: Iterable[tuple[torch.Tensor, torch.Tensor]], like: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pictures and others of the same, (pairs, tokens, width) both."""
    ones, others, count = [], [], 0
    for one, other in pairs:
        ones.append(one.to(like.device, torch.float32))
        others.append(other.to(like.device, torch.float32))
        count += 2 * len(one)
        if count >= _MOST_TOKENS:
            break
    if not ones:
        raise BadPlan("projector_start: no record says that its photo shows a reference.")
    return torch.stack(ones), torch.stack(others)


def _discriminants(
    one: torch.Tensor, other: torch.Tensor, count: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return directions (count, width) that tell things apart, the best first, and the mean.

    Tokens are compared with those of the same place. How places differ tells nothing apart, so
    each has a mean of its own.
    """
    everything = torch.cat([one, other])
    apart = (one - other).flatten(0, 1)
    around = (everything - everything.mean(0)).flatten(0, 1)
    within = apart.T @ apart / (2 * len(apart))
    between = around.T @ around / len(around) - within
    width = len(within)
    ridge = _SHRINKAGE * within.trace() / width
    if not ridge > 0:
        raise BadPlan("projector_start: all pictures of the same are the very same picture.")
    variances, directions = torch.linalg.eigh(within + ridge * torch.eye(width).to(within))
    scaled = directions / variances.sqrt()
    best = torch.linalg.eigh(scaled.T @ between @ scaled).eigenvectors.flip(1)[:, :count]
    return (scaled @ best).T, everything.mean((0, 1))


def _principal(rows: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first principal directions (count, width), and the mean."""
    mean = rows.mean(0)
    directions = torch.linalg.eigh(torch.cov((rows - mean).T)).eigenvectors
    return directions.flip(1)[:, :count].T, mean
