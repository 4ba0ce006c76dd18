"""Losses as lines, and as a picture."""

from pathlib import Path

import numpy as np
from PIL import Image

from rap_engine.training.trainer.metrics import Metric, cut_metrics, read_metrics
from rap_engine.training.trainer.picture import draw_losses


def _write(file: Path, *metrics: Metric) -> None:
    file.write_text("".join(each.to_line() for each in metrics))


def _coloured(file: Path) -> int:
    """Return how many pixels are no grey."""
    with Image.open(file) as image:
        pixels = np.asarray(image.convert("RGB"), np.int16)
    return int((np.ptp(pixels, axis=2) > 60).sum())


def test_metrics_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    metrics = [Metric(1, 0.1 + 0.2, None, 1e-4, 0.3), Metric(1, held_out_loss=1 / 3)]
    _write(file, *metrics)
    assert read_metrics(file) == metrics


def test_a_line_that_was_cut_off_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    _write(file, Metric(1, 2.0), Metric(2, 1.0))
    file.write_text(file.read_text()[:-6])
    assert read_metrics(file) == [Metric(1, 2.0)]
    assert read_metrics(tmp_path / "none.jsonl") == []


def test_what_comes_after_a_step_is_dropped(tmp_path: Path) -> None:
    file = tmp_path / "metrics.jsonl"
    _write(file, *(Metric(step, float(step)) for step in (1, 2, 2, 3)))
    cut_metrics(file, 2)
    assert [each.step for each in read_metrics(file)] == [1, 2, 2]
    cut_metrics(file, 0)
    assert read_metrics(file) == []


def test_the_picture_is_small_and_shows_both_losses(tmp_path: Path) -> None:
    file, picture = tmp_path / "metrics.jsonl", tmp_path / "loss.png"
    _write(file, *(Metric(step, 3 / step) for step in range(1, 200)))
    assert draw_losses(file, picture)
    with Image.open(picture) as image:
        assert image.size == (768, 432)
    assert picture.stat().st_size < 60_000
    alone = _coloured(picture)
    assert alone > 500
    _write(
        file,
        *(Metric(step, 3 / step) for step in range(1, 200)),
        *(Metric(step, held_out_loss=2.0) for step in (50, 100, 150)),
    )
    assert draw_losses(file, picture)
    assert _coloured(picture) > alone + 200


def test_losses_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    file, picture = tmp_path / "metrics.jsonl", tmp_path / "loss.png"
    _write(file, Metric(1, 1.0), Metric(2, float("nan")), Metric(3, float("inf")), Metric(4, 0.5))
    assert draw_losses(file, picture)
    assert _coloured(picture) > 200


def test_without_losses_nothing_is_drawn(tmp_path: Path) -> None:
    assert not draw_losses(tmp_path / "none.jsonl", tmp_path / "loss.png")
    _write(tmp_path / "metrics.jsonl", Metric(1, held_out_loss=1.0))
    assert not draw_losses(tmp_path / "metrics.jsonl", tmp_path / "loss.png")
    assert not (tmp_path / "loss.png").exists()
