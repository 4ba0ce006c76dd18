"""Who looks like whom, in an encoder's space."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from rap_engine.encode import Encoder
from rap_engine.training.makers.crops import Crops, PhotoLost
from rap_engine.training.pool.pool import Embeddings, Individual, Pool

_AT_ONCE: Final = 32
_MOST_KEPT: Final = 4_096


@dataclass(frozen=True, slots=True)
class Likeness:
    """Embeds individuals by the view that they are known by; the last ones stay in memory."""

    encoder: Encoder
    crops: Crops
    _kept: OrderedDict[str, Embeddings] = field(default_factory=OrderedDict)

    def __call__(self, individual: Individual) -> Embeddings:
        """Return an embedding, (width,), unit length; raises `PhotoLost`."""
        if individual.key not in self._kept:
            crop = self.crops.image(individual.first_view)
            self._kept[individual.key] = self.encoder.encode([crop])[0]
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return self._kept[individual.key]

    def embedded(self, pool: Pool, lost: Callable[[PhotoLost], None]) -> Pool:
        """Return a pool with embeddings, less those whose photos cannot be read.

        Args:
            pool: without embeddings.
            lost: told of each such photo.
        """
        kept: list[Individual] = []
        keys = [np.empty((0, self.encoder.width), np.float16)]
        for start in range(0, len(pool.sampled), _AT_ONCE):
            batch = []
            for each in pool.sampled[start : start + _AT_ONCE]:
                try:
                    batch.append(self.crops.image(each.first_view))
                except PhotoLost as error:
                    lost(error)
                else:
                    kept.append(each)
            if batch:
                keys.append(self.encoder.encode(batch).astype(np.float16))
        return Pool.of(pool.known, kept, np.concatenate(keys))
