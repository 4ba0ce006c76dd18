"""From a model's first token to the log odds of yes against no."""

import math
from collections.abc import Iterable
from typing import Final

from rap_engine.generate.openai_server.replies import Likely, Reply

MOST_LOG_ODDS: Final = 10.0
WORD_LOG_ODDS: Final = 2.0
"""What a bare yes or no counts, from a server without log probabilities: a probability of 0.88."""

_AROUND: Final = " \t\r\n\u2581\u0120\u010a.,!:;\"'*"
"""White space, how tokenizers write it, and what models put round a word."""
_LEAST: Final = 1e-9
_ROUNDING: Final = 1e-3
"""By how much the logarithm of a certainty may be above 0."""


def log_odds(reply: Reply) -> float:
    """Return the log odds of yes against no, within +-`MOST_LOG_ODDS`; 0 for neither word.

    The model's first token decides: of the likely ones, those that say yes, in any spelling,
    against those that say no. A word that is not among them had at most the probability of the
    last one listed, and at most what the listed ones leave over. Numbers that are no log
    probabilities (NaN, above 0) say nothing, for or against.
    """
    if not reply.first:
        return {"yes": WORD_LOG_ODDS, "no": -WORD_LOG_ODDS}.get(_plain(reply.text), 0.0)
    if not all(one.logprob <= _ROUNDING for one in reply.first):
        return 0.0
    yes, no = _probability("yes", reply.first), _probability("no", reply.first)
    if not yes and not no:
        return 0.0
    unlisted = _unlisted(reply.first)
    odds = math.log(yes or unlisted) - math.log(no or unlisted)
    return max(-MOST_LOG_ODDS, min(MOST_LOG_ODDS, odds))


def _probability(word: str, tokens: Iterable[Likely]) -> float:
    return sum(math.exp(one.logprob) for one in tokens if _plain(one.token) == word)


def _unlisted(tokens: Iterable[Likely]) -> float:
    probabilities = [math.exp(one.logprob) for one in tokens]
    return max(min(1.0 - sum(probabilities), *probabilities), _LEAST)


def _plain(word: str) -> str:
    return word.strip(_AROUND).casefold()
