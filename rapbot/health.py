"""Whether a server answers at all."""

import psycopg
from sqlalchemy import make_url

_TIMEOUT_S = 5


def database_answers(url: str) -> bool:
    """Tell whether PostgreSQL answers a query."""
    conninfo = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(conninfo, connect_timeout=_TIMEOUT_S) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False
