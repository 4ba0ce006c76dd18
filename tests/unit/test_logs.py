"""What goes wrong is logged with its place, and without the values that were at hand."""

import io
import logging

import pytest

from config import Settings
from config.logs import configure, get_logger


@pytest.fixture
def log() -> io.StringIO:
    root = logging.getLogger()
    before = root.handlers, root.level
    stream = io.StringIO()
    configure(Settings(_env_file=None), stream)
    yield stream
    root.handlers, level = before
    root.setLevel(level)


def _fail_with_a_secret_at_hand() -> None:
    token = "7:secret-token"
    raise ValueError(f"a failure, {len(token)} characters long")


def test_a_traceback_shows_no_local_variables(log: io.StringIO) -> None:
    try:
        _fail_with_a_secret_at_hand()
    except ValueError as error:
        get_logger("test").error("it_failed", exc_info=error)
    assert "it_failed" in log.getvalue()
    assert "_fail_with_a_secret_at_hand" in log.getvalue()
    assert "7:secret-token" not in log.getvalue()


def test_requests_are_not_logged_for_their_urls_hold_the_token(log: io.StringIO) -> None:
    logging.getLogger("httpx").info("POST https://api.telegram.org/bot7:secret-token/getMe")
    logging.getLogger("other").info("heard")
    assert "heard" in log.getvalue()
    assert "secret-token" not in log.getvalue()


def test_a_secret_setting_is_not_shown() -> None:
    settings = Settings(
        _env_file=None, telegram_token="7:secret", database_url="postgresql://u:pw@h/d"
    )
    assert "7:secret" not in repr(settings)
    assert "pw" not in repr(settings)
