"""What a recipe decides about a language model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budget:
    """How the context of a model is shared out; all but `max_references` in tokens.

    Attributes:
        context: prompt and answer together.
        max_references: references that the model can tell apart.
        max_new_tokens: the longest answer, kept free.
        history_tokens: kept free for earlier turns, whether there are any or not.
    """

    context: int
    max_references: int
    max_new_tokens: int
    history_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the next token is chosen. `temperature` 0 takes the likeliest, always.

    A `seed` makes what is drawn at a higher temperature the same each time.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int | None = None
