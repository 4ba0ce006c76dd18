"""Sends job ids to Celery. A message may be lost: the row is what counts."""

import logging

from celery import Celery
from kombu.exceptions import KombuError

from config import Settings
from workers.app import make_app

_log = logging.getLogger(__name__)


class CeleryPublisher:
    """The `Publisher` of production."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    @classmethod
    def connect(cls, settings: Settings) -> "CeleryPublisher":
        """Return a publisher to the broker of the settings; connects at the first message."""
        return cls(make_app(settings))

    def publish(self, job_id: int, kind: str) -> None:
        """Send the job's id. With the broker away, housekeeping sends it again later."""
        try:
            self._app.send_task(f"rapbot.{kind}", args=[job_id], retry=False)
        except (KombuError, OSError) as error:
            _log.warning("job_not_published job_id=%s kind=%s error=%s", job_id, kind, error)
