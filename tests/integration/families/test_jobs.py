"""Work that waits while its person loses a right ends with a sentence, and writes nothing."""

import pytest
from sqlalchemy import func, select

from rap_engine.memory import Concept, ConceptList, Database, Member
from tests.integration.engine.colours import photo
from tests.integration.families.people import Kin, Relative

pytestmark = pytest.mark.integration


def _concepts(database: Database) -> int:
    with database.transaction() as session:
        return session.scalars(select(func.count(Concept.id))).one()


@pytest.fixture
def waiting(shared: Kin) -> Kin:
    """Bert's photo for the family waits for a worker."""
    shared.bert.sends(photo("red"), "/remember Biscuit: our corgi")
    shared.bert.is_told()
    return shared


def test_a_member_who_is_removed_meanwhile_adds_nothing(waiting: Kin, database: Database) -> None:
    waiting.anna.taps(f"remove:{waiting.list_id}:{waiting.bert.id(database)}")
    waiting.bert.is_told()
    waiting.work()
    assert waiting.bert.is_told()[-1].startswith("That did not work: the family is gone, or you")
    assert [job.state for job in waiting.front.jobs()] == ["failed"]
    assert _concepts(database) == 0


def test_a_member_who_may_only_look_meanwhile_adds_nothing(
    waiting: Kin, database: Database
) -> None:
    waiting.anna.taps(f"make_viewer:{waiting.list_id}:{waiting.bert.id(database)}")
    waiting.work()
    assert waiting.bert.is_told()[-1].startswith("That did not work")
    assert _concepts(database) == 0


def test_a_family_that_is_dissolved_meanwhile_takes_nothing_and_neither_does_another_list(
    waiting: Kin, database: Database
) -> None:
    waiting.anna.taps(f"dissolve_erase:{waiting.list_id}")
    waiting.work()
    assert waiting.bert.is_told()[-1].startswith("The list that this was for is gone")
    assert _concepts(database) == 0


def test_a_photo_for_a_concept_of_a_list_that_one_left_is_not_added(
    shared: Kin, database: Database
) -> None:
    shared.tells(shared.anna, "Biscuit: our corgi")
    shared.bert.sends(photo("blue"), "/remember Biscuit")
    shared.bert.taps(shared.bert.data("Add the photo"))
    shared.anna.taps(f"remove:{shared.list_id}:{shared.bert.id(database)}")
    shared.work()
    assert shared.bert.is_told()[-1].startswith("I know nobody and nothing called Biscuit.")
    assert not shared.recognises(shared.anna, "blue")


def test_a_photo_for_a_concept_of_a_list_that_one_may_only_look_at_is_not_added(
    shared: Kin, database: Database
) -> None:
    shared.tells(shared.anna, "Biscuit: our corgi")
    shared.bert.sends(photo("blue"), "/remember Biscuit")
    shared.bert.taps(shared.bert.data("Add the photo"))
    shared.anna.taps(f"make_viewer:{shared.list_id}:{shared.bert.id(database)}")
    shared.work()
    assert shared.bert.is_told()[-1].startswith("That did not work")
    assert not shared.recognises(shared.anna, "blue")


def test_a_job_goes_into_the_list_that_was_active_when_it_was_asked_for(waiting: Kin) -> None:
    waiting.bert.says("/lists")
    waiting.bert.presses("New ones go into your own list")
    waiting.work()
    assert "remember Biscuit in Smiths" in waiting.bert.is_told()[-1]
    assert "Biscuit" in waiting.vera.asks("/list")


def test_a_photo_for_a_concept_that_was_moved_to_others_meanwhile_is_not_shown_to_them(
    shared: Kin, carl: Relative, database: Database
) -> None:
    shared.tells(shared.anna, "Biscuit: our corgi")
    with database.transaction() as session:
        other = ConceptList(kind="family", title="Others")
        session.add(other)
        session.flush()
        for who, role in ((shared.anna, "owner"), (shared.bert, "editor"), (carl, "editor")):
            session.add(Member(list_id=other.id, user_id=who.id(database), role=role))
        biscuit, list_id = session.scalars(select(Concept.id)).one(), other.id
    shared.bert.sends(photo("blue"), "/remember Biscuit")
    shared.bert.taps(shared.bert.data("Add the photo"))
    shared.anna.taps(f"move:{biscuit}:{list_id}")
    shared.work()
    assert shared.bert.is_told()[-1].startswith("I know nobody and nothing called Biscuit.")
    assert not shared.recognises(carl, "blue")
