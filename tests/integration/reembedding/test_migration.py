"""The schema with what serves is made of the one before, and taken back to it."""

from collections.abc import Iterator

import pytest
from alembic.config import Config
from sqlalchemy import text

from alembic import command
from rap_engine.memory import Database
from tests.integration.conftest import Person
from tests.integration.reembedding.setting import Setting
from tests.integration.test_schema import ROOT


@pytest.fixture
def config(database_url: str) -> Iterator[Config]:
    config = Config(str(ROOT / "alembic.ini"))
    config.attributes["url"] = database_url
    yield config
    command.upgrade(config, "head")


@pytest.fixture
def _earlier(setting: Setting, anna: Person, config: Config) -> None:
    setting.remember(anna, "Rex", "red")
    command.downgrade(config, "0001")


@pytest.mark.usefixtures("_earlier")
def test_what_served_before_serves_on_and_views_are_kept(
    config: Config, database: Database, setting: Setting
) -> None:
    command.upgrade(config, "head")
    with database.transaction() as session:
        row = session.execute(text("SELECT profile, adapter, wanted FROM in_service")).one()
        view = session.execute(text("SELECT scene, is_readable FROM views")).one()
    assert tuple(row) == ("starter", None, "starter")
    assert tuple(view) == (None, True)
    assert len(setting.keys("colours")) == 2


def test_on_an_empty_database_nothing_serves_yet(config: Config, database: Database) -> None:
    command.downgrade(config, "0001")
    command.upgrade(config, "head")
    with database.transaction() as session:
        assert session.execute(text("SELECT FROM in_service")).all() == []
