"""The cutoff is the score that one stranger in twenty reaches."""

import json
from pathlib import Path

import numpy as np
import pytest

from rap_engine.evaluation.calibrating import Trials, choose_cutoff, read_things
from rap_engine.evaluation.rap_format import BadDataset
from rap_engine.retrieve.calibration import (
    Calibration,
    NotCalibrated,
    load_calibration,
    own_calibrations,
    save_calibration,
)

THINGS, PHOTOS = 12, 60


def _trials(lookalikes: float = 0.0, seed: int = 0) -> Trials:
    """Strangers score about 0.4; photos of look-alikes score higher with one thing."""
    chance = np.random.default_rng(seed)
    truth = np.repeat(np.arange(THINGS), PHOTOS)
    scores = chance.normal(0.4, 0.05, (len(truth), THINGS))
    scores[np.arange(len(truth)), (truth + 1) % THINGS] += lookalikes
    scores[np.arange(len(truth)), truth] = 0.9
    return Trials(scores.astype(np.float32), truth)


def test_one_stranger_in_twenty_is_over_the_cutoff() -> None:
    # One concept remembered: the 95th percentile of a normal distribution is at 1.645 sigma.
    only = Trials(_trials().scores[:, :2], np.minimum(_trials().truth, 1))
    assert choose_cutoff(only) == pytest.approx(0.4 + 1.645 * 0.05, abs=0.01)


def test_photos_of_what_is_remembered_do_not_count() -> None:
    assert choose_cutoff(_trials()) < 0.7


def test_lookalikes_raise_the_cutoff() -> None:
    assert choose_cutoff(_trials(lookalikes=0.2)) > choose_cutoff(_trials()) + 0.05


def test_the_same_photos_give_the_same_cutoff() -> None:
    assert choose_cutoff(_trials()) == choose_cutoff(_trials())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "Expecting"),
        ('{"a": {"images": ["only-one.jpg"]}}', "at least 2"),
        ('{"a": {"images": ["1.jpg", "2.jpg"]}}', "at least 5"),
        (json.dumps({c: {"images": ["1.jpg", "2.jpg"]} for c in "abcde"}), "no such photo"),
    ],
)
def test_what_cannot_be_calibrated_on_is_refused(
    tmp_path: Path, content: str, complaint: str
) -> None:
    file = tmp_path / "things.json"
    file.write_text(content)
    with pytest.raises(BadDataset, match=complaint):
        read_things(file)


def test_an_operators_own_calibration_goes_before_the_shipped_one(tmp_path: Path) -> None:
    shipped = load_calibration("efficientnet-lite0-mirrored-1", tmp_path)
    own = Calibration(shipped.encoder, 0.123, "mine")
    save_calibration(own, own_calibrations(tmp_path))
    save_calibration(Calibration("another", 0.5, "mine"), own_calibrations(tmp_path))
    assert load_calibration(shipped.encoder, tmp_path) == own != shipped


def test_an_encoder_without_a_cutoff_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(NotCalibrated, match="rapbot calibrate"):
        load_calibration("unheard-of", tmp_path)
