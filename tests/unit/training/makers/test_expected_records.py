"""Whole records of one hand-made scene, word by word (`expected.json`).

In the place of a crop's path stands the colour that it shows: red is the dog in the photo, blue the
cat; green, yellow and pink are others.
"""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from rap_engine.training.plan import NegativesPlan
from rap_engine.training.records import Kind, Record
from tests.unit.training.makers.scenes import Park

EXPECTED: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("expected.json").read_text("utf-8")
)
ALL_WITH_NOISE = NegativesPlan(references=1, most=2, questions=0.5, hard=0.5)


@pytest.mark.parametrize("named", EXPECTED)
def test_a_record_is_exactly_this(named: str, park: Park) -> None:
    kind, seed = named.split()
    made = park.record(cast(Kind, kind), int(seed), ALL_WITH_NOISE)
    assert made == EXPECTED[named]
    assert list(made["extra"]) == list(EXPECTED[named]["extra"])


@pytest.mark.parametrize("named", EXPECTED)
def test_what_is_made_is_read_back_as_it_was(named: str) -> None:
    assert Record.from_json(EXPECTED[named]).to_json() == EXPECTED[named]
