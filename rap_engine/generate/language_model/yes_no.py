"""Yes against no, from the logits of an answer's first token."""

from dataclasses import dataclass
from typing import Any, Self

import torch

from rap_engine.errors import WeightsError

_YES = ("Yes", "yes", " Yes", " yes")
_NO = ("No", "no", " No", " no")


@dataclass(frozen=True, slots=True)
class YesNo:
    """The tokens that an answer of yes, or of no, begins with."""

    yes: tuple[int, ...]
    no: tuple[int, ...]

    @classmethod
    def of(cls, tokenizer: Any) -> Self:
        """Find them in a vocabulary.

        Raises:
            WeightsError: the two begin alike, so one token does not tell them apart.
        """
        yes, no = _first_tokens(tokenizer, _YES), _first_tokens(tokenizer, _NO)
        if not yes - no or not no - yes:
            raise WeightsError("The vocabulary has no tokens that tell yes from no.")
        return cls(tuple(sorted(yes - no)), tuple(sorted(no - yes)))

    def log_odds(self, logits: torch.Tensor) -> list[float]:
        """Return the log odds of yes of each row of logits (rows, vocabulary); 0 for no number."""
        yes = torch.logsumexp(logits[:, list(self.yes)], dim=1)
        no = torch.logsumexp(logits[:, list(self.no)], dim=1)
        odds: list[float] = torch.nan_to_num(yes - no, nan=0.0, posinf=0.0, neginf=0.0).tolist()
        return odds


def _first_tokens(tokenizer: Any, words: tuple[str, ...]) -> set[int]:
    """Return the tokens that are a word; where none is one token, those that words begin with."""
    spelt = [tokenizer.encode(word, add_special_tokens=False) for word in words]
    whole = {tokens[0] for tokens in spelt if len(tokens) == 1}
    return whole or {tokens[0] for tokens in spelt}
