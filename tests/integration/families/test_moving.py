"""Concepts go from one list to another: moved, or copied."""

import pytest
from sqlalchemy import func, select, update

from rap_engine.memory import Concept, ConceptList, Database, Key, View
from tests.integration.engine.colours import photo
from tests.integration.families.people import Kin, Relative

pytestmark = pytest.mark.integration


@pytest.fixture
def biscuit(kin: Kin) -> Kin:
    """Anna has Biscuit in her own list."""
    kin.tells(kin.anna, "Biscuit: our corgi")
    return kin


def _biscuit(database: Database) -> Concept:
    with database.transaction() as session:
        return session.scalars(select(Concept).where(Concept.name == "Biscuit")).one()


def test_a_moved_concept_is_recognised_at_once_by_who_sees_the_new_list(biscuit: Kin) -> None:
    assert not biscuit.recognises(biscuit.bert, "red")
    assert biscuit.anna.asks("/move Biscuit") == (
        "Biscuit is in your own list. Where shall I move Biscuit?"
    )
    assert biscuit.anna.presses("To Smiths") == "Biscuit is in Smiths now."
    assert biscuit.recognises(biscuit.bert, "red")
    assert biscuit.recognises(biscuit.vera, "red")
    assert "Biscuit" in biscuit.bert.asks("/list")


def test_a_concept_that_moved_away_is_not_recognised_by_who_sees_the_old_list_only(
    biscuit: Kin,
) -> None:
    biscuit.anna.says("/move Biscuit")
    biscuit.anna.presses("To Smiths")
    biscuit.bert.says("/move Biscuit")
    biscuit.bert.presses("To your own list")
    assert biscuit.recognises(biscuit.bert, "red")
    assert not biscuit.recognises(biscuit.anna, "red")
    assert not biscuit.recognises(biscuit.vera, "red")


def test_a_copy_lives_on_its_own(biscuit: Kin) -> None:
    anna = biscuit.anna
    anna.says("/copy Biscuit")
    assert "There is a copy of Biscuit in Smiths now." in anna.presses("To Smiths")
    assert biscuit.recognises(biscuit.bert, "red")
    assert "Smiths" in biscuit.bert.asks("/describe Biscuit: a poodle")
    anna_list = anna.asks("/list")
    assert "In your own list:\n• Biscuit (1 photo): our corgi" in anna_list
    assert "In Smiths:\n• Biscuit (1 photo): a poodle" in anna_list
    biscuit.bert.says("/forget Biscuit")
    assert not biscuit.recognises(biscuit.bert, "red")
    assert biscuit.recognises(anna, "red")


def test_all_photos_are_copied_with_who_took_them(biscuit: Kin, database: Database) -> None:
    anna = biscuit.anna
    anna.sends(photo("blue"), "/remember Biscuit")
    anna.taps(anna.data("Add the photo"))
    biscuit.work()
    anna.says("/copy Biscuit")
    anna.presses("To Smiths")
    with database.transaction() as session:
        views = session.scalars(select(View).where(View.list_id == biscuit.list_id)).all()
        copied = select(func.count()).where(Key.list_id == biscuit.list_id)
        kept = select(func.count()).where(Key.list_id != biscuit.list_id)
        assert len(views) == 2
        assert {view.created_by for view in views} == {anna.id(database)}
        assert session.scalars(copied).one() == session.scalars(kept).one() > 0
    assert biscuit.recognises(biscuit.bert, "blue")


def test_who_copies_has_added_the_copy_but_took_no_photo(biscuit: Kin, database: Database) -> None:
    biscuit.anna.says("/move Biscuit")
    biscuit.anna.presses("To Smiths")
    biscuit.vera.says("/copy Biscuit")
    assert "copy of Biscuit in your own list" in biscuit.vera.presses("To your own list")
    with database.transaction() as session:
        copied = session.scalars(
            select(Concept).where(Concept.created_by == biscuit.vera.id(database))
        ).one()
        takers = session.scalars(select(View.created_by).where(View.concept_id == copied.id))
        assert set(takers) == {biscuit.anna.id(database)}


def test_a_viewer_moves_nothing_away(biscuit: Kin) -> None:
    biscuit.anna.says("/move Biscuit")
    biscuit.anna.presses("To Smiths")
    assert "you are a viewer" in biscuit.vera.asks("/move Biscuit")
    assert "Biscuit" in biscuit.bert.asks("/list")


@pytest.mark.parametrize("verb", ["move", "copy"])
def test_a_name_that_is_taken_is_told(biscuit: Kin, verb: str) -> None:
    biscuit.bert.says("/lists")
    biscuit.bert.presses("New ones go into Smiths")
    biscuit.tells(biscuit.bert, "BISCUIT: another", "blue")
    biscuit.anna.says(f"/{verb} Biscuit")
    said = biscuit.anna.presses("The one in your own list", "To Smiths")
    assert said == "There is a Biscuit in Smiths already. /rename one of them first."
    assert "In your own list:\n• Biscuit (1 photo): our corgi" in biscuit.anna.asks("/list")


@pytest.mark.parametrize("verb", ["move", "copy"])
def test_neither_an_agreement_to_face_keys_nor_such_keys_go_along(
    biscuit: Kin, database: Database, verb: str
) -> None:
    concept = _biscuit(database)
    with database.transaction() as session:
        session.execute(
            update(Concept).values(
                face_agreed_at=func.now(), face_agreed_by=biscuit.anna.id(database)
            )
        )
        key = session.scalars(select(Key).where(Key.concept_id == concept.id).limit(1)).one()
        session.add(
            Key(
                view_id=key.view_id,
                concept_id=key.concept_id,
                list_id=key.list_id,
                encoder="face/test",
                ordinal=0,
                embedding=key.embedding,
            )
        )
    biscuit.anna.says(f"/{verb} Biscuit")
    assert "Face keys did not go along" in biscuit.anna.presses("To Smiths")
    with database.transaction() as session:
        agreed = session.scalars(
            select(Concept.list_id).where(Concept.face_agreed_at.is_not(None))
        ).all()
        face_keys = session.scalars(
            select(Key.list_id).where(Key.encoder.startswith("face/"))
        ).all()
    # A copy leaves the original as it was.
    assert agreed == face_keys == ([concept.list_id] if verb == "copy" else [])
    assert biscuit.recognises(biscuit.bert, "red")


@pytest.mark.parametrize("verb", ["move", "copy"])
def test_a_full_list_takes_nothing(biscuit: Kin, database: Database, verb: str) -> None:
    with database.transaction() as session:
        session.get_one(ConceptList, biscuit.list_id).most_concepts = 0
    biscuit.anna.says(f"/{verb} Biscuit")
    biscuit.anna.presses("To Smiths")
    assert _biscuit(database).list_id != biscuit.list_id


@pytest.mark.parametrize("verb", ["move", "copy"])
def test_with_one_list_there_is_nowhere_to_go(carl: Relative, kin: Kin, verb: str) -> None:
    kin.tells(carl, "Rex: my dog")
    assert "no other list" in carl.asks(f"/{verb} Rex")
    assert f"Write /{verb} NAME" in carl.asks(f"/{verb}")
    assert "nobody and nothing called Qwertz" in carl.asks(f"/{verb} Qwertz")


@pytest.mark.parametrize("verb", ["move", "copy"])
def test_one_of_several_is_chosen_by_its_list(biscuit: Kin, verb: str) -> None:
    biscuit.anna.says("/copy Biscuit")
    biscuit.anna.presses("To Smiths")
    biscuit.anna.says("/family Grandparents")
    assert biscuit.anna.asks(f"/{verb} Biscuit").startswith("Which Biscuit shall I")
    said = biscuit.anna.presses("The one in Smiths")
    assert said.startswith("Biscuit is in Smiths.")
    assert "Grandparents" in biscuit.anna.presses("To Grandparents")


@pytest.mark.parametrize("verb", ["move", "copy"])
def test_a_move_and_a_copy_to_the_same_list_change_nothing(
    biscuit: Kin, database: Database, verb: str
) -> None:
    concept = _biscuit(database)
    biscuit.anna.taps(f"{verb}:{concept.id}:{concept.list_id}")
    assert "already. /rename one of them first." in biscuit.anna.is_told()[-1]
    assert _biscuit(database).list_id == concept.list_id
