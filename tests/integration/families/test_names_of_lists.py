"""No two lists are called the same, and no family like somebody's own list."""

import pytest

from bot.texts import catalogue_for
from rap_engine.memory import ConceptList, Database, Member
from rap_engine.namesakes import OWN_LIST, is_reserved
from tests.integration.families.people import Kin, Relative

pytestmark = pytest.mark.integration


@pytest.fixture
def namesake(kin: Kin, carl: Relative, database: Database) -> Kin:
    """Bert is in a second family Smiths, Carl's."""
    with database.transaction() as session:
        other = ConceptList(kind="family", title="Smiths", created_by=carl.id(database))
        session.add(other)
        session.flush()
        session.add(Member(list_id=other.id, user_id=carl.id(database), role="owner"))
        session.add(Member(list_id=other.id, user_id=kin.bert.id(database), role="editor"))
    return kin


@pytest.mark.parametrize(
    "title", ["your own list", "Your  OWN list", "yours", "your own list 2", "your own list."]
)
def test_a_family_like_somebodys_own_list_is_not_founded(carl: Relative, title: str) -> None:
    assert carl.asks(f"/family {title}").startswith("I need that word for myself")
    assert "no family yet" in carl.asks("/family")


def test_a_family_may_speak_of_a_list(carl: Relative) -> None:
    assert "is there" in carl.asks("/family Our own list")


def test_the_word_that_is_refused_is_the_word_that_is_said() -> None:
    assert catalogue_for().say("own_list") == OWN_LIST
    assert is_reserved(OWN_LIST)


def test_buttons_tell_two_families_of_one_name_apart(namesake: Kin) -> None:
    namesake.bert.says("/lists")
    assert namesake.bert.labels() == ["New ones go into Smiths", "New ones go into Smiths 2"]


def test_a_photo_goes_where_the_button_said_and_the_worker_says_the_same(
    namesake: Kin, carl: Relative
) -> None:
    namesake.bert.says("/lists")
    namesake.bert.presses("New ones go into Smiths 2")
    assert "remember Diary in Smiths 2" in namesake.tells(namesake.bert, "Diary: mine")[-1]
    assert "Diary" in carl.asks("/list")
    assert "Diary" not in namesake.anna.asks("/list")


def test_a_family_that_was_called_so_before_is_numbered(kin: Kin, database: Database) -> None:
    with database.transaction() as session:
        session.get_one(ConceptList, kin.list_id).title = OWN_LIST
    kin.bert.says("/lists")
    assert kin.bert.labels() == [f"New ones go into {OWN_LIST} 2"]
