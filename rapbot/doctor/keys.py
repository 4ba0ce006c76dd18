"""Check of the keys in the database: of the encoder that serves, or of one that shall."""

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import Settings
from rap_engine.errors import RapError
from rap_engine.memory import Database
from rap_engine.memory.in_service import Serving, read_serving
from rap_engine.memory.views import count_unreadable, progress_of
from rap_engine.reembedding import encoder_name
from rapbot.doctor.finding import Finding
from rapbot.services.lock import running_system

_NAME = "keys"


def keys_are_made(settings: Settings) -> Finding:
    """Look whether all views have keys of the encoder that is wanted. Some time without is fine."""
    url = _database_url(settings)
    if url is None:
        return Finding.fine(_NAME, "not looked at, since no system runs")
    database = Database(url, pool_size=0)
    try:
        with database.transaction() as session:
            return _in_database(session, settings)
    except SQLAlchemyError as error:
        # The type only: the text can hold the password.
        return Finding.problem(
            _NAME,
            f"the database does not answer ({type(error).__name__})",
            "Start it, and compare RAPBOT_DATABASE_URL with its address, user and password.",
        )
    except RapError as error:
        return Finding.problem(_NAME, f"{settings.profile} cannot serve", str(error))
    finally:
        database.close()


def _database_url(settings: Settings) -> str | None:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    system = running_system(settings.data_dir)
    return None if system is None else system.database_url


def _in_database(session: Session, settings: Settings) -> Finding:
    if not inspect(session.connection()).has_table("in_service"):
        return Finding.problem(
            _NAME, "the database has an older schema", "Run `rapbot migrate`, or `rapbot up`."
        )
    serving = read_serving(session)
    if serving is None:
        return Finding.fine(_NAME, "none yet: no worker was started on this database")
    return Finding.fine(_NAME, _told(session, serving, encoder_name(settings, serving.wanted)))


def _told(session: Session, serving: Serving, encoder: str) -> str:
    progress = progress_of(session, encoder)
    unreadable = count_unreadable(session)
    photos = f"; the photos of {unreadable} more cannot be decoded" if unreadable else ""
    if progress.is_complete:
        told = f"all {progress.total} views have keys of the encoder {encoder}"
    else:
        told = f"{progress.done} of {progress.total} views are embedded for {encoder}"
    wanted = "" if serving.profile == serving.wanted else f", {serving.wanted} is wanted"
    adapter = f" with the adapter {serving.adapter}" if serving.adapter else ""
    return f"{serving.profile} serves{adapter}{wanted}; {told}{photos}"
