"""Photos into regions (paper, section 3.2: the detector R)."""

from rap_engine.detect.detector import Detector
from rap_engine.detect.regions import propose

__all__ = ["Detector", "propose"]
