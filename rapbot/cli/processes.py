"""The verbs that processes run: what `rapbot up` starts here, and containers in production."""

from typing import Annotated, Literal

import typer

from rapbot.cli._settings import load_settings


def worker() -> None:
    """Serve jobs: detect, retrieve, generate."""
    from workers.main import run_worker

    run_worker(load_settings())


def trainer() -> None:
    """Serve training runs, one at a time, beside the workers that answer."""
    from workers.trainer import run_trainer

    run_trainer(load_settings())


def bot() -> None:
    """Serve Telegram: take messages in, send replies out."""
    from bot.app import run_bot
    from workers.publish import CeleryPublisher

    settings = load_settings()
    run_bot(settings, CeleryPublisher.connect(settings))


def migrate() -> None:
    """Bring RAPBOT_DATABASE_URL to the newest schema."""
    from rapbot.migrate import migrate as run_migrations

    run_migrations(_database_url())


def ping(
    what: Annotated[
        Literal["database", "worker", "trainer"], typer.Argument(help="Who should answer.")
    ],
) -> None:
    """Exit with 0 if the database, a worker or a trainer answers. For health checks."""
    from rapbot.health import database_answers
    from rapbot.roles import trainer_answers, worker_answers

    settings = load_settings()
    match what:
        case "database":
            answers = database_answers(_database_url())
        case "worker":
            answers = worker_answers(settings)
        case "trainer":
            answers = trainer_answers(settings)
    if not answers:
        raise typer.Exit(1)


def _database_url() -> str:
    url = load_settings().database_url
    if url is None:
        raise typer.BadParameter("RAPBOT_DATABASE_URL is not set")
    return url.get_secret_value()
