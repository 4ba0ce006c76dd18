"""The verbs that processes run: what `rapbot up` starts here, and containers in production."""

from typing import Annotated, Literal

import typer

from rapbot.cli._settings import load_settings


def worker() -> None:
    """Serve jobs: detect, retrieve, generate."""
    from workers.main import run_worker

    run_worker(load_settings())


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
    what: Annotated[Literal["database", "worker"], typer.Argument(help="Who should answer.")],
) -> None:
    """Exit with 0 if the database or a worker answers. For health checks."""
    from rapbot.health import database_answers
    from rapbot.roles import worker_answers

    settings = load_settings()
    answers = database_answers(_database_url()) if what == "database" else worker_answers(settings)
    if not answers:
        raise typer.Exit(1)


def _database_url() -> str:
    url = load_settings().database_url
    if url is None:
        raise typer.BadParameter("RAPBOT_DATABASE_URL is not set")
    return url.get_secret_value()
