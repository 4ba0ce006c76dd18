"""Retrieve's one query: the nearest views of all regions of a photo (paper, section 3.2).

The scan is exact, over the keys of the lists that the person sees; see docs/storage.md.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from sqlalchemy import text
from sqlalchemy.orm import Session

_NEAREST = text(
    """
    SELECT region.number - 1 AS region, near.concept_id, near.view_id, near.similarity
    FROM unnest(CAST(:embeddings AS text[])) WITH ORDINALITY AS region (embedding, number)
    CROSS JOIN LATERAL (
        SELECT keys.concept_id, keys.view_id,
               1 - (keys.embedding <=> CAST(region.embedding AS halfvec)) AS similarity
        FROM keys JOIN concepts ON concepts.id = keys.concept_id
        WHERE keys.list_id = ANY (:lists) AND keys.encoder = :encoder
              AND concepts.forgotten_at IS NULL
        ORDER BY keys.embedding <=> CAST(region.embedding AS halfvec)
        LIMIT :limit
    ) AS near
    ORDER BY region.number, near.similarity DESC
    """
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored view near to a region. `similarity` is the cosine, -1..1."""

    region: int
    concept_id: int
    view_id: int
    similarity: float


def nearest_views(
    session: Session,
    lists: Collection[int],
    encoder: str,
    embeddings: NDArray[np.float32],
    limit: int,
) -> list[Neighbour]:
    """Return the `limit` nearest keys of each region, nearest first.

    Args:
        session: acting for the person who asks.
        lists: the concept lists that the person sees.
        encoder: only keys of this encoder are compared.
        embeddings: (regions, width), float32, unit length.
        limit: keys a region; a view with several keys may fill several places.
    """
    rows = session.execute(
        _NEAREST,
        {
            "embeddings": [HalfVector(embedding).to_text() for embedding in embeddings],
            "lists": list(lists),
            "encoder": encoder,
            "limit": limit,
        },
    )
    return [Neighbour(r.region, r.concept_id, r.view_id, float(r.similarity)) for r in rows]
