"""PostgreSQL refuses what nobody agreed to, and a withdrawal wins over a job under way."""

import threading
import time

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from rap_engine.errors import UnknownConcept
from rap_engine.memory import Concept, Database, Key, acting_as
from rap_engine.memory.faces import (
    FACE_PREFIX,
    add_face_keys,
    agree,
    views_without_face_key,
    withdraw,
)
from tests.integration.conftest import Person
from tests.integration.faces.conftest import face_keys
from tests.integration.memory.builders import ENCODER, remember, unit

pytestmark = pytest.mark.integration

FACES = f"{FACE_PREFIX}test"


@pytest.fixture
def concept_id(database: Database, anna: Person) -> int:
    return remember(database, anna.user_id, anna.list_id, "Carlo")


def _agree(database: Database, person: Person, concept_id: int) -> None:
    with database.transaction() as session, acting_as(session, person.actor):
        agree(session, person.user_id, [person.list_id], concept_id)


def _add(database: Database, person: Person, concept_id: int, encoder: str = FACES) -> int | None:
    with database.transaction() as session, acting_as(session, person.actor):
        views = views_without_face_key(session, [person.list_id], concept_id, encoder)
        keys = dict.fromkeys(views, unit(1.0))
        return add_face_keys(session, [person.list_id], concept_id, encoder, keys)


def _await_lock(database: Database, thread: threading.Thread) -> None:
    """Return once the thread waits for a lock, or has ended without."""
    deadline = time.monotonic() + 10
    query = text(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE NOT granted AND datname = current_database()"
    )
    with database.transaction() as session:
        while thread.is_alive() and not session.scalar(query):
            assert time.monotonic() < deadline


def test_without_an_agreement_no_photo_is_handed_out_and_no_key_added(
    database: Database, anna: Person, concept_id: int
) -> None:
    assert _add(database, anna, concept_id) is None
    with database.transaction() as session, acting_as(session, anna.actor):
        assert views_without_face_key(session, [anna.list_id], concept_id, FACES) == {}
    assert face_keys(database) == 0


@pytest.mark.parametrize("as_anna", [True, False])
def test_a_key_that_goes_past_the_verbs_is_refused(
    database: Database, anna: Person, concept_id: int, as_anna: bool
) -> None:
    _agree(database, anna, concept_id)
    with database.transaction() as session, acting_as(session, anna.actor):
        (view_id,) = views_without_face_key(session, [anna.list_id], concept_id, FACES)
        withdraw(session, [anna.list_id], concept_id)
    key = Key(
        view_id=view_id,
        concept_id=concept_id,
        list_id=anna.list_id,
        encoder=FACES,
        ordinal=0,
        embedding=unit(1.0),
    )
    with (
        pytest.raises(IntegrityError, match="nobody agreed to a face key"),
        database.transaction() as session,
    ):
        if as_anna:
            with acting_as(session, anna.actor):
                session.add(key)
        else:
            session.add(key)


def test_keys_are_added_once(database: Database, anna: Person, concept_id: int) -> None:
    _agree(database, anna, concept_id)
    assert _add(database, anna, concept_id) == 1
    assert _add(database, anna, concept_id) == 1
    assert face_keys(database) == 1


def test_an_encoder_that_is_not_marked_is_refused(
    database: Database, anna: Person, concept_id: int
) -> None:
    _agree(database, anna, concept_id)
    with pytest.raises(ValueError, match="no face encoder"):
        _add(database, anna, concept_id, ENCODER)


def test_another_person_reaches_nothing(
    database: Database, anna: Person, bert: Person, concept_id: int
) -> None:
    _agree(database, anna, concept_id)
    _add(database, anna, concept_id)
    # Naming Anna's list does not help Bert: row-level security stands behind.
    for lists in ([bert.list_id], [anna.list_id, bert.list_id]):
        with database.transaction() as session, acting_as(session, bert.actor):
            with pytest.raises(UnknownConcept):
                agree(session, bert.user_id, lists, concept_id)
            with pytest.raises(UnknownConcept):
                withdraw(session, lists, concept_id)
            with pytest.raises(UnknownConcept):
                add_face_keys(session, lists, concept_id, FACES, {})
            assert views_without_face_key(session, lists, concept_id, f"{FACES}-2") == {}
    assert face_keys(database) == 1


def test_a_withdrawal_waits_for_keys_under_way_and_erases_them(
    database: Database, anna: Person, concept_id: int
) -> None:
    _agree(database, anna, concept_id)

    def withdraw_() -> None:
        with database.transaction() as session, acting_as(session, anna.actor):
            withdraw(session, [anna.list_id], concept_id)

    thread = threading.Thread(target=withdraw_)
    with database.transaction() as session, acting_as(session, anna.actor):
        (view_id,) = views_without_face_key(session, [anna.list_id], concept_id, FACES)
        add_face_keys(session, [anna.list_id], concept_id, FACES, {view_id: unit(1.0)})
        thread.start()
        _await_lock(database, thread)
    thread.join(30)
    assert not thread.is_alive()
    assert face_keys(database) == 0


def test_keys_of_a_photo_that_was_looked_at_before_the_withdrawal_are_not_added(
    database: Database, anna: Person, concept_id: int
) -> None:
    _agree(database, anna, concept_id)
    with database.transaction() as session, acting_as(session, anna.actor):
        (view_id,) = views_without_face_key(session, [anna.list_id], concept_id, FACES)
        assert session.get_one(Concept, concept_id).face_agreed_at is not None
    with database.transaction() as session, acting_as(session, anna.actor):
        withdraw(session, [anna.list_id], concept_id)
    with database.transaction() as session, acting_as(session, anna.actor):
        kept = add_face_keys(
            session, [anna.list_id], concept_id, FACES, {view_id: np.ones(8, np.float32)}
        )
    assert kept is None
    assert face_keys(database) == 0
