"""What is told of runs and adapters: every code has words, every button is known."""

import io
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image
from telegram.constants import CallbackQueryLimit

from bot.handlers import buttons
from bot.handlers.admin import loss_curve
from bot.handlers.admin.loss_curve import Words, draw_losses
from bot.handlers.registry import TAPS
from bot.texts import catalogue_for, codes
from workers.jobs.values import Content
from workers.runs import refusals
from workers.runs.measures import measure_params, measures_of
from workers.runs.pages import adapter_number, page_of, span
from workers.runs.tables import VERDICTS, TrainingRun

MOMENT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
WORDS = Words("Run 7 (rap)", "training loss", "steps", "held out 0.5000")
SESSION: Any = None
"""The page of a run that is under way asks the database for nothing."""


def _run(**values: Any) -> TrainingRun:
    known = {"id": 7, "plan": {"name": "rap"}, "asked_by": "telegram:7", "created_at": MOMENT}
    return TrainingRun(
        **{**known, "state": "running", "stage": "training", "step": 0, "steps": 0, **values}
    )


@pytest.mark.parametrize(
    "values",
    [
        {"state": "queued", "stage": ""},
        {"stage": ""},
        {"stage": "records"},
        {},
        {"stage": "measuring", "loss": 0.5},
        {"plan": {"name": "rap", "trainer": {"micro_batch": 8}}, "micro_batch": 4},
        {"cancel_asked_by": "operator"},
        {"stage": "of another version"},
        *(
            {"stage": stage, "step": step, "steps": steps, "seconds_left": left}
            for stage in ("records", "training", "measuring")
            for step, steps, left in ((0, 0, None), (3, 0, None), (3, 9, None), (3, 9, 60.0))
        ),
        {
            **{"plan": {"name": "rap", "trainer": {"micro_batch": 8}}, "micro_batch": 4},
            **{"step": 3, "steps": 9},
        },
    ],
)
def test_each_page_has_words_and_buttons_that_are_known(values: dict[str, Any]) -> None:
    page = page_of(SESSION, _run(**values))
    assert catalogue_for().render(page).startswith("Run 7 (rap)")
    for button in page.buttons:
        spec = TAPS[buttons.name_of(button.data)]
        assert buttons.read(button.data, spec.arity) is not None
        assert catalogue_for().label(button.label, button.name)


def test_every_end_has_words_that_its_parameters_fill() -> None:
    """What a run's end gives, by its code, as `ending_of` makes it."""
    always = {"run", "plan", "at"}
    measured = {"adapter", "reasons", *measure_params({})}
    given = {
        **dict.fromkeys(
            ("in_service", "kept_out", "did_not_pass", "not_measured", "refused"), measured
        ),
        "failed": {"error", "by"},
        "cancelled": {"error", "by"},
        "nothing": set(),
    }
    texts = catalogue_for().messages
    for code in codes("run_ended."):
        fields = {name for _, name, _, _ in string.Formatter().parse(texts[code]) if name}
        assert fields <= always | set(given[code.removeprefix("run_ended.")])


def test_every_reason_and_verdict_has_words() -> None:
    reasons = set(refusals._MESSAGES)
    assert {f"admin_not_promoted.{reason}" for reason in reasons} <= set(codes())
    assert {f"admin_verdict.{verdict}" for verdict in VERDICTS} <= set(codes())


@pytest.mark.parametrize(
    "code",
    [
        *codes("admin_not_promoted."),
        *("admin_answers_otherwise", "admin_nothing_to_return_to", "admin_plan_changed"),
        *("admin_run_gone", "admin_run_no_loss"),
    ],
)
def test_what_a_tap_is_answered_with_fits_its_note(code: str) -> None:
    text = catalogue_for().render(Content(notice=code, params={"name": "x" * 64}))
    assert len(text) <= CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH


def test_measures_are_read_as_a_run_writes_them_and_what_lacks_is_unknown() -> None:
    metrics = {
        "before": {"recognition": 0.9, "caption_f1": None},
        "after": {"recognition": "nan", "questions": 1},
        "evaluation_set": "00ff",
    }
    assert measure_params(metrics) == {
        **{"recognition_before": "0.900", "recognition": "nan"},
        **{"caption_f1_before": "?", "caption_f1": "?"},
        **{"questions_before": "?", "questions": "1.000"},
    }
    assert {(each.before, each.after) for each in measures_of({"before": "?"})} == {(None, None)}


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, "?"), (-3.0, "0 s"), (59.9, "59 s"), (60.0, "1 min"), (3_660.0, "1 h 1 min")],
)
def test_a_span_is_shown_in_its_largest_units(seconds: float | None, shown: str) -> None:
    assert span(seconds) == shown


def test_an_adapters_number_fits_a_button_and_is_nobody_elses() -> None:
    names = [None, "first", "second", "x" * 64]
    numbers = {adapter_number(name) for name in names}
    assert len(numbers) == len(names)
    assert adapter_number(None) == 0
    for number in numbers:
        assert buttons.read(f"adm_adapter:{number}", buttons.Arity.ID) is not None


@pytest.mark.parametrize(
    "points", [[(1, 2.0)], [(1, 2.0), (2, 2.0)], [(1, 3.0), (500, 1.0), (900, 0.5)]]
)
def test_a_loss_is_drawn_however_few_points_it_has(points: list[tuple[int, float]]) -> None:
    picture = Image.open(io.BytesIO(draw_losses(points, WORDS)))
    assert (picture.format, picture.size) == ("JPEG", (900, 500))


def test_a_loss_that_falls_is_a_line_from_the_upper_left_to_the_lower_right() -> None:
    blue = _curve([(0, 1.0), (100, 0.0)])
    assert 240 < blue[485] < 275
    assert blue[150] < 140
    assert blue[820] > 380


def test_a_loss_that_hardly_falls_looks_flat() -> None:
    blue = _curve([(0, 0.501), (100, 0.5)])
    assert abs(blue[150] - blue[820]) < 10


def test_the_held_out_loss_is_a_line_at_its_height() -> None:
    without = _drawn([(0, 1.0), (100, 0.0)])
    with_it = _drawn([(0, 1.0), (100, 0.0)], held_out=0.5)
    assert _orange(without) == set()
    below_the_words = {y for y in _orange(with_it) if y > 90}
    assert {264, 265, 266} <= below_the_words
    assert max(below_the_words) - min(below_the_words) < 8


@pytest.mark.parametrize(
    ("least", "most", "whole", "ticks"),
    [
        (5, 1234, True, [200, 400, 600, 800, 1000, 1200]),
        (1, 3, True, [1, 2, 3]),
        (0.37, 2.81, False, [0.5, 1.0, 1.5, 2.0, 2.5]),
        (7, 7, True, [7]),
    ],
)
def test_ticks_are_round(least: float, most: float, whole: bool, ticks: list[float]) -> None:
    axis = loss_curve._Axis(least, most, 0, 100)
    assert axis.ticks(whole=whole) == pytest.approx(ticks)


def _drawn(points: list[tuple[int, float]], held_out: float | None = None) -> Image.Image:
    return Image.open(io.BytesIO(draw_losses(points, WORDS, held_out))).convert("RGB")


def _curve(points: list[tuple[int, float]]) -> dict[int, int]:
    """How far down the curve is, by how far right; in px, below the words."""
    picture, found = _drawn(points), {}
    for x in (150, 485, 820):
        column = [picture.getpixel((x, y)) for y in range(90, 430)]
        blues = [y for y, (red, _, blue) in enumerate(column, 90) if blue - red > 60]  # type: ignore[misc]
        found[x] = round(sum(blues) / len(blues))
    return found


def _orange(picture: Image.Image) -> set[int]:
    pixels = (((x, y), picture.getpixel((x, y))) for y in range(500) for x in range(100, 870, 3))
    return {y for (_, y), (red, _, blue) in pixels if red - blue > 100}  # type: ignore[misc]
