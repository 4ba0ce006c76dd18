"""The Celery application: JSON only, late acknowledgement, one task at a time in each child.

Workers take the queue `jobs`, trainers the queue `training`.
"""

from celery import Celery

from config import Settings
from rap_engine.errors import NotConfigured

JOBS_QUEUE = "jobs"
TRAINING_QUEUE = "training"
"""Of trainers alone: whoever answers does not wait for a run."""
TRAIN_TASK = "rapbot.train"
TRAINER_NODE = "trainer"
"""What a trainer's name at the broker begins with, so that nobody takes it for a worker."""
_VISIBILITY_MARGIN_S = 60


def make_app(settings: Settings) -> Celery:
    """Return the application, bound to the broker of the settings; no task is registered yet.

    Raises:
        NotConfigured: no broker is configured.
    """
    if settings.redis_url is None:
        raise NotConfigured("RAPBOT_REDIS_URL is not set; `rapbot up` sets it for what it starts")
    app = Celery("rapbot", broker=settings.redis_url.get_secret_value(), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_default_queue=JOBS_QUEUE,
        task_routes={TRAIN_TASK: {"queue": TRAINING_QUEUE}},
        # The runner ends a job's work at its own limit; this is for what Python cannot interrupt,
        # and for loading.
        task_time_limit=_longest_task_s(settings) + 10,
        task_soft_time_limit=_longest_task_s(settings),
        worker_prefetch_multiplier=1,
        worker_concurrency=settings.worker_concurrency,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            # Over the hard time limit, or a task in work would be delivered twice; the other two
            # bring a killed worker's message back within seconds.
            "visibility_timeout": _longest_task_s(settings) + _VISIBILITY_MARGIN_S,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            # A message that cannot be sent is given up at once: the row is what counts.
            "max_retries": 0,
            "interval_start": 0,
            "interval_step": 0,
        },
    )
    return app


def _longest_task_s(settings: Settings) -> int:
    return settings.job_time_limit_s + settings.model_load_limit_s
