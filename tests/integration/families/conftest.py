"""Anna founded the family Smiths; Bert is an editor in it and Vera a viewer. Carl is a stranger."""

import pytest

from rap_engine.engine import Engine
from rap_engine.memory import Actor, Database, Member, acting_as
from rap_engine.memory.families import found_family, use_list
from tests.integration.bot.chats import FakePublisher, Front
from tests.integration.engine.colours import colour_profile
from tests.integration.families.people import Kin, Relative, welcomed
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
def carl(front: Front, database: Database) -> Relative:
    carl = Relative(front, number=54, name="Carl")
    with database.transaction() as session:
        welcomed(session, carl)
    return carl


@pytest.fixture
def kin(front: Front, database: Database, anna: Relative, bert: Relative, vera: Relative) -> Kin:
    # By the verbs: the way through the door is `test_invites`'s, and each message takes its time.
    with database.transaction() as session:
        ids = {who.name: welcomed(session, who) for who in (anna, bert, vera)}
        with acting_as(session, Actor(ids["Anna"])):
            list_id = found_family(session, Actor(ids["Anna"]), "Smiths")
        session.add(Member(list_id=list_id, user_id=ids["Bert"], role="editor"))
        session.flush()
        session.add(Member(list_id=list_id, user_id=ids["Vera"], role="viewer"))
    engine = Engine(database, colour_profile())
    runner = Runner(database, host_of(engine), FakePublisher(), lease_s=60.0, time_limit_s=60.0)
    return Kin(front, engine, runner, anna, bert, vera)


@pytest.fixture
def shared(kin: Kin) -> Kin:
    """As `kin`; Anna and Bert choose the family's list for what they tell from now on."""
    list_id = kin.list_id
    for who in (kin.anna, kin.bert):
        actor = Actor(who.id(kin.database))
        with kin.database.transaction() as session, acting_as(session, actor):
            use_list(session, actor, list_id)
    return kin
