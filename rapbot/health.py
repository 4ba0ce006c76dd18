"""Whether a server answers at all."""

import psycopg

from rap_engine.memory import conninfo

_TIMEOUT_S = 5


def database_answers(url: str) -> bool:
    """Tell whether PostgreSQL answers a query."""
    try:
        with psycopg.connect(conninfo(url), connect_timeout=_TIMEOUT_S) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False
