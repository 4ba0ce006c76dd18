"""Concepts for tests, made through the real verbs."""

import numpy as np
from numpy.typing import NDArray

from rap_engine.memory import Actor, Database, acting_as
from rap_engine.memory.concepts import NewView, add_concept, add_view
from rap_engine.types import Box

WIDTH = 8
ENCODER = "test-encoder"


def unit(*direction: float) -> NDArray[np.float32]:
    vector = np.zeros(WIDTH, dtype=np.float32)
    vector[: len(direction)] = direction
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def view(*keys: NDArray[np.float32], encoder: str = ENCODER) -> NewView:
    return NewView(b"jpeg", Box.whole(), encoder, np.stack(keys))


def remember(
    database: Database, user_id: int, list_id: int, name: str, *keys: NDArray[np.float32]
) -> int:
    with database.transaction() as session, acting_as(session, Actor(user_id)):
        concept_id = add_concept(session, user_id, list_id, name, f"About {name}.", "dog")
        add_view(session, user_id, [list_id], concept_id, view(*(keys or (unit(1),))))
        return concept_id
