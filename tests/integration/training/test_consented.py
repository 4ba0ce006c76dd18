"""What people agreed to lies in a run's folder while the run needs it, and not a moment longer."""

import json

import pytest
from sqlalchemy import func, update

from rap_engine.memory import Concept, Database, View, acting_as
from rap_engine.memory.consent import (
    ConsentedTurn,
    agree_to_training,
    are_consented,
    turns_for_training,
    withdraw_from_training,
)
from rap_engine.memory.conversations import ChatId, PastTurn, Provenance, add_turn
from rap_engine.memory.erasure import erase_person
from rap_engine.training.plan import Plan
from tests.integration.conftest import Person
from tests.integration.memory.builders import remember
from tests.integration.training.conftest import Yard, soon
from workers.runs.folders import RunFolder
from workers.tasks.housekeeping import FolderKeeper

pytestmark = pytest.mark.integration

ENDLESS = {"steps": 100_000, "pause_s": 0.01}
MADE_BY = Provenance("p", "d", "e", "g", 0.5)


def _ask(database: Database, person: Person, question: str, *concepts: int, chat: int = 7) -> None:
    with database.transaction() as session, acting_as(session, person.actor):
        turn = PastTurn(question, f"About {question}", concepts)
        add_turn(session, ChatId(person.user_id, "telegram", chat), turn, MADE_BY)


def _agree(database: Database, *people: Person) -> None:
    with database.transaction() as session:
        for person in people:
            agree_to_training(session, person.user_id)


def _views(folder: RunFolder) -> list[dict[str, object]]:
    lines = (folder.consented / "views.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_questions_are_those_that_name_one_own_concept_in_a_chat_of_ones_own(
    database: Database, anna: Person, bert: Person
) -> None:
    rex = remember(database, anna.user_id, anna.list_id, "Rex")
    luna = remember(database, anna.user_id, anna.list_id, "Luna")
    other = remember(database, bert.user_id, bert.list_id, "Tom")
    _ask(database, anna, "What does rex like?", rex)
    _ask(database, anna, "Who is this?", rex)
    _ask(database, anna, "Rex or Luna?", rex, luna)
    _ask(database, anna, "Rex and Tom?", other)
    _ask(database, anna, "In a group, Rex?", rex, chat=-5)
    _ask(database, anna, "Rex at night?")
    _ask(database, bert, "Whose is Tom?", other)
    with database.transaction() as session:
        assert list(turns_for_training(session)) == []
    _agree(database, anna)
    with database.transaction() as session:
        assert list(turns_for_training(session)) == [
            ConsentedTurn(rex, "What does rex like?", "About What does rex like?")
        ]


def test_a_run_that_asks_for_it_gets_what_is_agreed_to_and_nothing_else(
    yard: Yard, database: Database, consenting: Plan, anna: Person, bert: Person
) -> None:
    rex = remember(database, anna.user_id, anna.list_id, "Rex")
    remember(database, bert.user_id, bert.list_id, "Tom")
    _ask(database, anna, "What does Rex like?", rex)
    _agree(database, anna)
    yard.tell(**ENDLESS)
    run_id = yard.ask(consenting)
    with yard.at_work(run_id):
        assert yard.row(run_id).uses_consented
        (view,) = _views(yard.folder(run_id))
        assert (view["name"], len(view["exchanges"])) == ("Rex", 1)  # type: ignore[arg-type]
        assert yard.folder(run_id).consented.stat().st_mode & 0o077 == 0
        request = json.loads((yard.folder(run_id).path / "request.json").read_text())
        assert request["consented"] == str(yard.folder(run_id).consented)


@pytest.mark.parametrize("asks", [False, True])
def test_a_run_has_none_where_nobody_agreed_or_the_plan_does_not_ask(
    yard: Yard, database: Database, consenting: Plan, anna: Person, *, asks: bool
) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    if not asks:
        _agree(database, anna)
    yard.tell(**ENDLESS)
    run_id = yard.ask(consenting if asks else Plan(name="dogs"))
    with yard.at_work(run_id):
        assert not yard.row(run_id).uses_consented
        assert not yard.folder(run_id).consented.exists()


@pytest.mark.parametrize("told", [{"steps": 1}, {"steps": 1, "fail": "no room"}])
def test_the_photos_are_gone_when_the_run_has_ended(
    yard: Yard, database: Database, consenting: Plan, anna: Person, told: dict[str, object]
) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    _agree(database, anna)
    yard.tell(**told)
    run_id = yard.ask(consenting)
    yard.trainer().run(run_id)
    assert yard.row(run_id).finished_at is not None
    assert not yard.folder(run_id).consented.exists()
    assert yard.folder(run_id).is_cleared


@pytest.mark.parametrize("how", ["withdraws", "is erased", "forgets"])
def test_a_run_begins_anew_without_who_does_not_agree_any_longer(
    yard: Yard, database: Database, consenting: Plan, anna: Person, bert: Person, how: str
) -> None:
    rex = remember(database, anna.user_id, anna.list_id, "Rex")
    remember(database, bert.user_id, bert.list_id, "Tom")
    _agree(database, anna, bert)
    yard.tell(**ENDLESS)
    run_id = yard.ask(consenting)
    with yard.at_work(run_id):
        assert [view["name"] for view in _views(yard.folder(run_id))] == ["Rex", "Tom"]
        with database.transaction() as session:
            if how == "withdraws":
                withdraw_from_training(session, anna.user_id)
            elif how == "is erased":
                erase_person(session, anna.user_id, takes_along=True)
            else:
                gone = update(Concept).where(Concept.id == rex)
                session.execute(gone.values(forgotten_at=func.now()))

        def is_anew() -> bool:
            place = yard.folder(run_id).consented / "complete"
            return place.exists() and [v["name"] for v in _views(yard.folder(run_id))] == ["Tom"]

        soon(is_anew)
        soon(lambda: yard.beginnings(run_id) == [0])
    assert yard.row(run_id).state == "queued"


def test_the_folder_of_a_waiting_run_is_looked_after_too(
    yard: Yard, database: Database, consenting: Plan, anna: Person
) -> None:
    remember(database, anna.user_id, anna.list_id, "Rex")
    _agree(database, anna)
    yard.tell(**ENDLESS)
    run_id = yard.ask(consenting)
    with yard.at_work(run_id):
        pass
    keeper = FolderKeeper(database, yard.settings.training_dir)
    keeper.look()
    assert _views(yard.folder(run_id))
    with database.transaction() as session:
        withdraw_from_training(session, anna.user_id)
    keeper.look()
    assert not yard.folder(run_id).consented.exists()
    assert not (yard.folder(run_id).path / "checkpoint.bin").exists()


def test_views_are_consented_all_or_not(database: Database, anna: Person, bert: Person) -> None:
    for person in (anna, bert):
        remember(database, person.user_id, person.list_id, "Rex")
    _agree(database, anna, bert)
    with database.transaction() as session:
        ids = list(session.scalars(View.__table__.select().with_only_columns(View.id)))
        assert are_consented(session, ids)
        withdraw_from_training(session, bert.user_id)
        assert not are_consented(session, ids)
        assert are_consented(session, [])
