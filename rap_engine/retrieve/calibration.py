"""The cutoff that belongs to an encoder, as `rapbot calibrate` found it."""

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

from rap_engine.errors import NotConfigured, RapError

_SHIPPED = "calibrations.json"


class NotCalibrated(RapError):
    """No cutoff is known for an encoder."""

    code: ClassVar[str] = "not_calibrated"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores below `cutoff` (cosine, -1..1) are strangers'. `source` says what it was found on."""

    encoder: str
    cutoff: float
    source: str


def load_calibration(encoder: str, data_dir: Path | None = None) -> Calibration:
    """Return an encoder's calibration: the operator's own, or else the shipped one.

    Raises:
        NotCalibrated: there is none; the message says what to run.
        NotConfigured: the operator's file is broken.
    """
    for data in _files(data_dir):
        try:
            entry = json.loads(data.decode("utf-8")).get(encoder)
            if entry is not None:
                return Calibration(encoder, float(entry["cutoff"]), str(entry["source"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotConfigured(
                f"The calibrations in {data_dir} cannot be read ({error!r})."
                " Mend calibrations.json, or remove it."
            ) from error
    raise NotCalibrated(
        f"No cutoff is known for the encoder {encoder}. Run `rapbot calibrate` on photos of yours."
    )


def save_calibration(calibration: Calibration, file: Path) -> None:
    """Write a calibration beside those of other encoders in a file."""
    known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    known[calibration.encoder] = {"cutoff": calibration.cutoff, "source": calibration.source}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(known, indent=2, ensure_ascii=False) + "\n", "utf-8")


def own_calibrations(data_dir: Path) -> Path:
    """Return the file of the operator's own calibrations."""
    return data_dir / _SHIPPED


def _files(data_dir: Path | None) -> list[bytes]:
    own = own_calibrations(data_dir) if data_dir is not None else None
    found = [own.read_bytes()] if own is not None and own.exists() else []
    return [*found, files("rap_engine.retrieve").joinpath(_SHIPPED).read_bytes()]
