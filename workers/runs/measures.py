"""What was measured of an adapter, beside what served then, as the registry keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

NAMES: Final = ("recognition", "caption_f1", "questions")
"""What the gate weighs (`rap_engine.training.plan.GatePlan`)."""
_UNKNOWN = "?"


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure, 0..1; None where it was not measured. `before` is of what served then."""

    name: str
    before: float | None
    after: float | None

    def texts(self) -> tuple[str, str]:
        """Return before and after as they are shown."""
        return _text(self.before), _text(self.after)


def measures_of(metrics: Mapping[str, Any]) -> tuple[Measure, ...]:
    """Return what an adapter's `metrics` say, in the order of `NAMES`.

    Args:
        metrics: `{"before": {name: value}, "after": {name: value}}`; what lacks is not known.
    """
    before, after = _part(metrics, "before"), _part(metrics, "after")
    return tuple(Measure(name, _value(before, name), _value(after, name)) for name in NAMES)


def measure_params(metrics: Mapping[str, Any]) -> dict[str, str]:
    """Return the parameters of a sentence that tells them: `recognition`, `recognition_before`."""
    params: dict[str, str] = {}
    for measure in measures_of(metrics):
        params[f"{measure.name}_before"], params[measure.name] = measure.texts()
    return params


def _part(metrics: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = metrics.get(name)
    return part if isinstance(part, Mapping) else {}


def _value(part: Mapping[str, Any], name: str) -> float | None:
    value = part.get(name)
    # A broken model's measures are no numbers, which JSON has no number for.
    return float(value) if isinstance(value, int | float) or value == "nan" else None


def _text(value: float | None) -> str:
    return _UNKNOWN if value is None else f"{value:.3f}"
