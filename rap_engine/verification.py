"""An optional step before naming: the generator compares each region with its reference.

Later work on RAP lets the model check the retrieved photo against the region, pair by pair, before
it may use the name. Its log odds are added to those that the score gives, so that neither alone
decides: a score far above the cutoff outweighs a hesitant no, one just below it can be lifted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from rap_engine.generate import Pair, Verifier
from rap_engine.profiles.recipe import VerificationRecipe
from rap_engine.retrieve.calibration import Calibration
from rap_engine.retrieve.crops import crop
from rap_engine.types import Match, Reference

REACH = 2.0
"""In units of the recipe's `scale`: how far below the cutoff a match is still worth a question."""


@dataclass(frozen=True, slots=True)
class Verification:
    """Decides which matches stand. `calibration` is the encoder's own."""

    verifier: Verifier
    recipe: VerificationRecipe
    calibration: Calibration

    @property
    def candidates(self) -> Calibration:
        """The looser cutoff that retrieval works with, so that there is something to lift."""
        loose = self.calibration.cutoff - REACH * self.recipe.scale
        return replace(self.calibration, cutoff=loose)

    def standing(
        self, photo: Image.Image, matches: Sequence[Match], references: Sequence[Reference]
    ) -> tuple[Match, ...]:
        """Return the matches that stand once the model was asked, in their order.

        Args:
            photo: the photo that was searched.
            matches: candidates, above the looser cutoff.
            references: of the matched concepts; a match without one does not stand.
        """
        by_concept = {reference.concept_id: reference for reference in references}
        asked = [match for match in matches if match.concept_id in by_concept]
        pairs = [Pair(crop(photo, each.region), by_concept[each.concept_id]) for each in asked]
        log_odds = self.verifier.same(pairs) if pairs else []
        return tuple(
            match
            for match, odds in zip(asked, log_odds, strict=True)
            if self._support(match.score, odds) > 0
        )

    def _support(self, score: float, log_odds: float) -> float:
        by_score = (score - self.calibration.cutoff) / self.recipe.scale
        return by_score + self.recipe.weight * log_odds
