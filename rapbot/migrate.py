"""Brings a database to the newest schema."""

from pathlib import Path

from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

import rapbot
from alembic import command
from rapbot.errors import OperationError

SCRIPTS = Path(rapbot.__file__).parents[1] / "alembic"


def migrate(database_url: str, scripts: Path = SCRIPTS) -> None:
    """Run `alembic upgrade head`.

    Args:
        database_url: SQLAlchemy URL.
        scripts: folder with `env.py` and `versions`.

    Raises:
        OperationError: the migrations are not here, or PostgreSQL refused one.
    """
    if not (scripts / "env.py").is_file():
        raise OperationError(f"The migrations are not in {scripts}. Run rapbot from its clone.")
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["url"] = database_url
    try:
        command.upgrade(config, "head")
    except (CommandError, SQLAlchemyError) as error:
        raise OperationError(f"The database cannot be migrated: {error}") from error
