"""What a run's process reports, a line each."""

import json

import pytest

from rap_engine.training.progress import Progress


def test_progress_is_read_as_it_was_written() -> None:
    told = Progress("training", 3, 2**62, 0.25, 12.5, 4)
    assert Progress.from_line(told.to_line()) == told
    assert Progress.from_line(Progress("records").to_line()) == Progress("records")


def test_a_broken_models_loss_is_none() -> None:
    told = Progress("training", 3, 4, float("nan"))
    assert Progress.from_line(told.to_line()) == Progress("training", 3, 4)


@pytest.mark.parametrize(
    "said",
    [
        {"loss": "x"},
        {"loss": True},
        {"loss": 10**400},
        {"loss": []},
        {"step": "3"},
        {"step": 1.5},
        {"step": True},
        {"step": None},
        {"step": -1},
        {"steps": 2**62 + 1},
        {"micro_batch": "4"},
        {"seconds_left": -(10**30)},
        {"stage": "\x00"},
        {"stage": "\ud800"},
        {"stage": []},
        {"stage": None},
        {"another": 1},
    ],
)
def test_what_has_another_type_or_does_not_fit_is_no_progress(said: dict[str, object]) -> None:
    assert Progress.from_line(json.dumps({"progress": {"stage": "training", **said}})) is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[" * 50_000,
        '{"progress": ' * 50_000,
        "3",
        "[]",
        "{}",
        '{"progress": []}',
        '{"progress": {"loss": "x"}}',
        '{"progress": {"stage": "training", "step": %s}}' % ("9" * 10_000),
        '{"progress": {"stage": "training", "loss": 1e999}}',
        "Libraries print what they like.",
    ],
)
def test_other_lines_are_no_progress(line: str) -> None:
    assert Progress.from_line(line) is None
