"""What the processes of one run agree on, where `torchrun` or `accelerate launch` started some."""

from collections.abc import Iterable

import torch
import torch.distributed as dist


class Ranks:
    """The processes of a run; one that is alone agrees with itself."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._are_many = dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1
        self.count = dist.get_world_size() if self._are_many else 1
        self.rank = dist.get_rank() if self._are_many else 0

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes."""
        return self.rank == 0

    def total(self, number: float) -> float:
        """Return the sum of a number over all ranks."""
        if not self._are_many:
            return number
        told = torch.tensor(number, dtype=torch.float64, device=self._device)
        dist.all_reduce(told)
        return float(told)

    def any(self, flag: bool) -> bool:
        """Return whether any rank says yes."""
        return self.total(float(flag)) > 0

    def add_up(self, tensors: Iterable[torch.Tensor]) -> None:
        """Replace tensors by their sums over all ranks."""
        if self._are_many:
            for tensor in tensors:
                dist.all_reduce(tensor)

    def same(self, tensors: Iterable[torch.Tensor]) -> None:
        """Replace tensors by those of the first rank."""
        if self._are_many:
            for tensor in tensors:
                dist.broadcast(tensor, src=0)

    def wait(self) -> None:
        """Wait until all ranks are here."""
        if self._are_many:
            dist.barrier()
