"""Where a fresh projector starts: pictures lie among the words as words lie among themselves.

A projector of random weights hands the language model noise, and much of a small run is spent until
pictures mean anything. What a picture is near to is known without training: here the principal
components of the pictures point where those of the words do, and pictures lie as far from their
middle as words do. Language models attend from a word to the same word said before, and so do they
with pictures, before a single step.
"""

from rap_engine.generate import language_model  # noqa: F401  isort: skip  before transformers

from collections.abc import Iterable
from typing import Any, Final

import torch

from rap_engine.training.errors import BadPlan

_MOST_TOKENS: Final = 40_000
_SMALLEST: Final = 1e-6


@torch.no_grad()
def start_projector(model: Any, features: Iterable[torch.Tensor]) -> None:
    """Set a two-layer projector to the affine map from pictures to words described above.

    GELU(x) - GELU(-x) = x, so a hidden layer that has each direction twice, with both signs,
    carries it through unchanged: half as many components as the layer is wide.

    Args:
        model: a LLaVA.
        features: what the tower says of pictures, (tokens, width) each.

    Raises:
        BadPlan: the projector is of another form.
    """
    projector = model.model.multi_modal_projector
    first, second = _layers_of(projector)
    pictures = _gathered(features, first.weight)
    words = model.get_input_embeddings().weight.float()
    count = second.in_features // 2
    there, spread, middle = _components(pictures, count)
    here, _, centre = _components(words, count)
    # Components as large as they come: to make all alike would make much of what tells nothing.
    size = (words - centre).norm(dim=1).mean() / spread.norm()
    down = there
    shift = -(down @ middle)
    up = here.T * size
    first.weight.copy_(torch.cat([down, -down]))
    first.bias.copy_(torch.cat([shift, -shift]))
    second.weight.copy_(torch.cat([up, -up], dim=1))
    second.bias.copy_(centre)


def _layers_of(projector: Any) -> tuple[torch.nn.Linear, torch.nn.Linear]:
    first, second = (getattr(projector, f"linear_{number}", None) for number in (1, 2))
    if not isinstance(first, torch.nn.Linear) or not isinstance(second, torch.nn.Linear):
        raise BadPlan("projector_start: only a projector of two linear layers can start so.")
    has_biases = first.bias is not None and second.bias is not None
    if not has_biases or "gelu" not in type(projector.act).__name__.lower():
        raise BadPlan("projector_start: the projector needs GELU and biases.")
    return first, second


def _gathered(features: Iterable[torch.Tensor], like: torch.Tensor) -> torch.Tensor:
    rows, count = [], 0
    for each in features:
        rows.append(each.to(like.device, torch.float32))
        count += len(each)
        if count >= _MOST_TOKENS:
            break
    if not rows:
        raise BadPlan("projector_start: there are no pictures to start from.")
    return torch.cat(rows)


def _components(rows: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return principal components (count, width), the deviation along each, and the mean."""
    mean = rows.mean(0)
    variances, directions = torch.linalg.eigh(torch.cov((rows - mean).T))
    order = torch.argsort(variances, descending=True)[:count]
    deviations = variances[order].clamp_min(_SMALLEST).sqrt()
    return directions[:, order].T, deviations, mean
