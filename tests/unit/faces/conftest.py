"""The face models, loaded once for all tests of a module."""

import pytest

from rap_engine.faces.sface import SFaceEncoder
from rap_engine.faces.yunet import YunetDetector


@pytest.fixture(scope="module")
def detector() -> YunetDetector:
    return YunetDetector()


@pytest.fixture(scope="module")
def encoder() -> SFaceEncoder:
    return SFaceEncoder()
