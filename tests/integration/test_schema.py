"""The migrations make what the classes say, and can be taken back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from sqlalchemy import Engine, create_engine, inspect, text

from alembic import command
from rap_engine.memory import Actor, Database, acting_as
from rap_engine.memory.changing import rename
from rap_engine.memory.families import found_family
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember, unit
from workers.jobs.outbox import add_replies
from workers.jobs.tables import Job, Upload
from workers.jobs.values import Address, Content, Draft

ROOT = Path(__file__).resolve().parents[2]
_UNINDEXED = """
SELECT conrelid::regclass || '.' || (
    SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
    WHERE attrelid = conrelid AND attnum = ANY (conkey)
)
FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
    SELECT FROM pg_index
    WHERE indrelid = conrelid AND indkey[0] = ANY (conkey)
          AND coalesce(pg_get_expr(indpred, indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$', true)
)
"""


@pytest.fixture
def config(database_url: str) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = database_url
    return config


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def lived_in(database: Database, anna: Person, bert: Person) -> None:
    """A family and a group with concepts, history, work and words in it, and what people own."""
    remember(database, anna.user_id, anna.list_id, "Biscuit", unit(1))
    here = Address(anna.user_id, "console", anna.user_id)
    with database.transaction() as session, acting_as(session, anna.actor):
        family = found_family(session, anna.actor, "Smiths")
    tom = remember(database, anna.user_id, family, "Tom", unit(2))
    with database.transaction() as session, acting_as(session, anna.actor):
        rename(session, [family], tom, "Thomas")
        upload = Upload(user_id=anna.user_id, content=b"photo")
        session.add(upload)
        session.flush()
        work = {"user_id": anna.user_id, "channel": "console", "chat_id": anna.user_id}
        for kind in ("remember", "answer", "face", "export"):
            more = {"list_id": family, "payload": {}, "upload_id": upload.id}
            session.add(Job(kind=kind, **work, **more))
        add_replies(session, here, [Draft(Content(text="Hello"))])
    with database.transaction() as session:
        group = session.scalars(
            text(
                "INSERT INTO concept_lists (kind, channel, chat_id)"
                " VALUES ('group', 'telegram', -5) RETURNING id"
            )
        ).one()
        session.execute(
            text("INSERT INTO members VALUES (:group, :user, 'editor')"),
            {"group": group, "user": bert.user_id},
        )
        session.execute(text("UPDATE users SET active_list_id = :id"), {"id": family})
        session.execute(text("INSERT INTO admins VALUES (:id, 'x')"), {"id": bert.user_id})
        add_replies(session, here, [Draft(Content(text="Farewell", is_farewell=True))])
    with database.transaction() as session, acting_as(session, Actor(bert.user_id, group)):
        session.execute(
            text("INSERT INTO dialogues VALUES ('telegram', -5, :id, '{}')"), {"id": bert.user_id}
        )


def _rows(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()  # noqa: S608


def test_the_classes_and_the_migrations_agree(config: Config) -> None:
    command.check(config)


def test_the_schema_can_be_taken_back_and_made_again(config: Config, engine: Engine) -> None:
    command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    command.upgrade(config, "head")
    assert "concepts" in inspect(engine).get_table_names()


def test_what_people_had_before_there_were_families_outlives_the_way_back_and_forth(
    config: Config, engine: Engine, lived_in: None
) -> None:
    assert _rows(engine, "changes") >= 3
    command.downgrade(config, "0003")
    assert _rows(engine, "users") == 2
    assert _rows(engine, "concept_lists") == 2
    assert _rows(engine, "concepts") == _rows(engine, "views") == _rows(engine, "keys") == 1
    assert _rows(engine, "jobs") == 3
    assert _rows(engine, "replies") == 1
    command.upgrade(config, "head")
    assert _rows(engine, "concepts") == 1
    command.check(config)


def test_what_an_erasure_has_to_find_has_an_index(engine: Engine) -> None:
    """A row that others refer to is erased only after each of them was looked for.

    One column is enough where several together refer to one row: each is of few rows.
    """
    with engine.connect() as connection:
        assert connection.scalars(text(_UNINDEXED)).all() == []
