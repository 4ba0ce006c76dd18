"""Run migrations on RAPBOT_DATABASE_URL, or on the URL that the caller put into the config."""

from sqlalchemy import create_engine, pool, text

import bot.administration.tables  # these five register their tables
import bot.handlers.tables
import bot.intake.tables  # noqa: F401
import workers.jobs.tables
import workers.runs.tables  # noqa: F401
from alembic import context
from config import Settings
from rap_engine.memory import Base

_LOCK = 0x7261_7062  # "rapb": one migration at a time, whoever starts it


def _url() -> str:
    given = context.config.attributes.get("url")
    if given:
        return str(given)
    configured = Settings().database_url
    if configured is None:
        raise SystemExit("Set RAPBOT_DATABASE_URL, or use `rapbot up`, which migrates by itself.")
    return configured.get_secret_value()


def run() -> None:
    engine = create_engine(_url(), poolclass=pool.NullPool)
    with engine.connect() as connection:
        # Another migration is waited for; a table's lock is not, for queries would queue behind it.
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET statement_timeout = '10min'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
