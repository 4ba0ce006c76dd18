"""The generator's opinion, mixed with the score."""

from collections.abc import Sequence

import pytest
from PIL import Image

from rap_engine.generate import Pair
from rap_engine.profiles.recipe import VerificationRecipe
from rap_engine.retrieve.calibration import Calibration
from rap_engine.types import Box, Match, Reference, Region
from rap_engine.verification import Verification

LEFT = Region(Box(0.0, 0.0, 0.5, 1.0), "dog", 0.9)
RIGHT = Region(Box(0.5, 0.0, 1.0, 1.0), "cat", 0.9)
CALIBRATION = Calibration("colours", 0.6, "by hand")


class Opinionated:
    """Says of each concept what the test wants, and remembers what it was shown."""

    def __init__(self, **log_odds: float) -> None:
        self._log_odds = log_odds
        self.shown: list[list[Pair]] = []

    def same(self, pairs: Sequence[Pair]) -> list[float]:
        self.shown.append(list(pairs))
        return [self._log_odds[pair.reference.name] for pair in pairs]


def _match(concept_id: int, score: float, region: Region = LEFT) -> Match:
    return Match(region, concept_id, concept_id, score)


def _reference(concept_id: int, name: str) -> Reference:
    return Reference(concept_id, name, "", "", "", b"", None)


def _standing(verifier: Opinionated, matches: Sequence[Match], weight: float = 1.0) -> list[int]:
    verification = Verification(
        verifier, VerificationRecipe(weight=weight, scale=0.05), CALIBRATION
    )
    references = [_reference(1, "rex"), _reference(2, "luna")]
    photo = Image.new("RGB", (100, 100))
    return [each.concept_id for each in verification.standing(photo, matches, references)]


@pytest.mark.parametrize(
    ("score", "log_odds", "stands"),
    [
        (0.65, 0.5, True),
        (0.65, -0.5, True),  # one scale above the cutoff outweighs half a no
        (0.65, -1.5, False),
        (0.55, 0.5, False),
        (0.55, 1.5, True),  # below the cutoff, lifted by a clear yes
        (0.60, 0.0, False),
    ],
)
def test_score_and_model_decide_together(score: float, log_odds: float, stands: bool) -> None:
    assert _standing(Opinionated(rex=log_odds), [_match(1, score)]) == ([1] if stands else [])


def test_the_weight_is_the_models_say() -> None:
    assert _standing(Opinionated(rex=-1.5), [_match(1, 0.65)], weight=0.5) == [1]
    assert _standing(Opinionated(rex=-1.5), [_match(1, 0.65)], weight=1.0) == []


def test_all_pairs_are_asked_at_once_each_with_its_own_region() -> None:
    verifier = Opinionated(rex=5.0, luna=-5.0)
    photo = Image.new("RGB", (100, 100), "red")
    photo.paste("blue", (50, 0, 100, 100))
    verification = Verification(verifier, VerificationRecipe(), CALIBRATION)
    matches = [_match(1, 0.7, LEFT), _match(2, 0.7, RIGHT)]
    references = [_reference(2, "luna"), _reference(1, "rex")]
    assert verification.standing(photo, matches, references) == (matches[0],)
    ((rex, luna),) = verifier.shown
    assert (rex.reference.name, luna.reference.name) == ("rex", "luna")
    assert rex.crop.getpixel((10, 50)) == (255, 0, 0)
    assert luna.crop.getpixel((luna.crop.width - 10, 50)) == (0, 0, 255)


def test_a_concept_that_was_forgotten_meanwhile_is_not_asked_about() -> None:
    verifier = Opinionated()
    assert _standing(verifier, [_match(3, 0.9)]) == []
    assert verifier.shown == []


def test_retrieval_looks_a_little_below_the_cutoff() -> None:
    verification = Verification(Opinionated(), VerificationRecipe(scale=0.05), CALIBRATION)
    assert verification.candidates.cutoff == pytest.approx(0.5)
    assert verification.candidates.encoder == "colours"
