"""Named choices of detector, encoder, generator and cutoff."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rap_engine.detect import Detector
from rap_engine.encode import Encoder
from rap_engine.errors import RapError
from rap_engine.generate import Generator
from rap_engine.retrieve.calibration import Calibration, load_calibration

Models = tuple[Detector, Encoder, Generator]


class UnknownProfile(RapError):
    """No profile of that name."""

    code = "unknown_profile"


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that an answer depends on besides the database."""

    name: str
    detector: Detector
    encoder: Encoder
    generator: Generator
    calibration: Calibration


def load_profile(name: str, data_dir: Path) -> Profile:
    """Load the models of a profile. Takes seconds; nothing is downloaded.

    Raises:
        UnknownProfile: no such profile.
        WeightsError: its model files are missing or not the pinned ones.
        NotCalibrated: no cutoff is known for its encoder.
    """
    detector, encoder, generator = load_models(name)
    return Profile(name, detector, encoder, generator, load_calibration(encoder.name, data_dir))


def load_models(name: str) -> Models:
    """Load the models of a profile without its cutoff.

    Raises:
        UnknownProfile: no such profile.
        WeightsError: its model files are missing or not the pinned ones.
    """
    if name not in _PROFILES:
        raise UnknownProfile(f"There is no profile {name}; there are: {', '.join(_PROFILES)}.")
    return _PROFILES[name]()


def _starter() -> Models:
    # Imported here: each profile brings libraries of its own.
    from rap_engine.detect.ssd import SsdDetector  # noqa: PLC0415
    from rap_engine.encode.lite0 import Lite0Encoder  # noqa: PLC0415
    from rap_engine.generate import ComposedGenerator  # noqa: PLC0415

    return SsdDetector(), Lite0Encoder(), ComposedGenerator("starter")


_PROFILES: dict[str, Callable[[], Models]] = {"starter": _starter}
