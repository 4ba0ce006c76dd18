"""The migrations make what the classes say, and can be taken back."""

from pathlib import Path

import pytest
from alembic.config import Config
from sqlalchemy import create_engine, inspect

from alembic import command

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def config(database_url: str) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = database_url
    return config


def test_the_classes_and_the_migrations_agree(config: Config) -> None:
    command.check(config)


def test_the_schema_can_be_taken_back_and_made_again(config: Config, database_url: str) -> None:
    command.downgrade(config, "base")
    engine = create_engine(database_url)
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    command.upgrade(config, "head")
    assert "concepts" in inspect(engine).get_table_names()
    engine.dispose()
