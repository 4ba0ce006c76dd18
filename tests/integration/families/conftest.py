"""Anna founded the family Smiths; Bert is an editor in it and Vera a viewer. Carl is a stranger."""

import pytest

from rap_engine.engine import Engine
from rap_engine.memory import Database
from tests.integration.bot.chats import FakePublisher, Front
from tests.integration.engine.colours import colour_profile
from tests.integration.families.people import Kin, Relative, invited, joins
from tests.integration.hosts import host_of
from workers.runner import Runner


@pytest.fixture
def anna(front: Front) -> Relative:
    return Relative(front, number=51, name="Anna")


@pytest.fixture
def bert(front: Front) -> Relative:
    return Relative(front, number=52, name="Bert")


@pytest.fixture
def vera(front: Front) -> Relative:
    return Relative(front, number=53, name="Vera")


@pytest.fixture
def carl(front: Front) -> Relative:
    return Relative(front, number=54, name="Carl")


@pytest.fixture
def kin(front: Front, database: Database, anna: Relative, bert: Relative, vera: Relative) -> Kin:
    anna.says("/family Smiths")
    joins(bert, invited(anna))
    joins(vera, invited(anna, "viewer"))
    for who in (anna, bert, vera):
        who.is_told()
    engine = Engine(database, colour_profile())
    runner = Runner(database, host_of(engine), FakePublisher(), lease_s=60.0, time_limit_s=60.0)
    return Kin(front, engine, runner, anna, bert, vera)


@pytest.fixture
def shared(kin: Kin) -> Kin:
    """As `kin`; Anna and Bert choose the family's list for what they tell from now on."""
    for who in (kin.anna, kin.bert):
        who.says("/lists")
        who.presses("New ones go into Smiths")
    return kin
