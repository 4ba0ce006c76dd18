"""The kinds of records. A plan weighs them, and records are of them."""

from typing import Final, Literal, get_args

Kind = Literal["grounding", "recognition", "caption", "description", "question", "instruction"]
"""What a record teaches; its `type`. The paper counts captions and descriptions as one kind."""
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
