import io
import re

import pytest

from rapbot.progress import Steps


def test_a_step_is_one_line_with_its_time() -> None:
    out = io.StringIO()
    with Steps(out).step("PostgreSQL") as step:
        step.outcome = "started"

    assert re.fullmatch(r"PostgreSQL … started in \d+\.\d s\n", out.getvalue())


def test_a_step_that_raises_says_so() -> None:
    out = io.StringIO()
    with pytest.raises(ValueError, match="no"), Steps(out).step("worker"):
        raise ValueError("no")

    assert out.getvalue() == "worker … failed\n"


def test_a_line_inside_a_step_has_a_line_of_its_own() -> None:
    out = io.StringIO()
    steps = Steps(out)
    with steps.step("worker"):
        steps.say("worker ended")
    steps.say("ready")

    assert out.getvalue().splitlines()[:2] == ["worker … ", "worker ended"]
    assert out.getvalue().splitlines()[-1] == "ready"


def test_no_stream_is_silent() -> None:
    with Steps().step("worker"):
        Steps().say("nothing")
