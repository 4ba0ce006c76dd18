"""What is told of runs and adapters: every code has words, every button is known."""

import io
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image
from telegram.constants import CallbackQueryLimit

from bot.handlers import buttons
from bot.handlers.admin.loss_curve import draw_losses
from bot.handlers.registry import TAPS
from bot.texts import catalogue_for, codes
from workers.jobs.values import Content
from workers.runs import refusals
from workers.runs.measures import measure_params, measures_of
from workers.runs.pages import adapter_number, page_of, span
from workers.runs.tables import VERDICTS, TrainingRun

MOMENT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
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
        **dict.fromkeys(("in_service", "kept_out", "worse", "not_measured", "refused"), measured),
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
    picture = Image.open(io.BytesIO(draw_losses(points)))
    assert (picture.format, picture.size) == ("JPEG", (900, 500))


def test_a_loss_that_falls_is_a_line_from_the_upper_left_to_the_lower_right() -> None:
    picture = Image.open(io.BytesIO(draw_losses([(0, 1.0), (100, 0.0)]))).convert("RGB")

    def is_blue(x: int, y: int) -> bool:
        red, _, blue = picture.getpixel((x, y))  # type: ignore[misc]
        return bool(blue - red > 60)

    assert is_blue(480, 240)
    assert not is_blue(200, 400)
    assert not is_blue(700, 100)
