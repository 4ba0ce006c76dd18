"""The registry, and what may answer: an adapter that passed, whose files are those it had."""

import threading

import pytest
from sqlalchemy import select

from rap_engine.checkpoints.store import WeightsStore
from rap_engine.memory import Database
from rap_engine.memory.in_service import put_into_service
from tests.integration.adapters.shelf import (
    PROFILE,
    answering,
    know,
    put,
    refused,
    write_adapter,
)
from workers.runs.adapters import (
    Verdict,
    find_adapter,
    promotions,
    register,
    registered,
)
from workers.runs.admission import sha256_on_shelf
from workers.runs.refusals import AdapterKnown
from workers.runs.tables import Adapter, Promotion, TrainingRun

pytestmark = pytest.mark.integration


def _history(database: Database) -> list[tuple[str | None, str | None]]:
    """What came after what, the oldest first."""
    with database.transaction() as session:
        rows = promotions(session, PROFILE, 100)
    return [(row.came_from, row.adapter) for row in reversed(rows)]


def test_an_adapter_that_passed_answers_and_history_says_what_did_before(
    serving: Database, store: WeightsStore
) -> None:
    know(serving, store, "first")
    know(serving, store, "second")
    assert put(serving, store, "first")
    assert put(serving, store, "second")
    assert put(serving, store, None)
    assert answering(serving) is None
    assert _history(serving) == [(None, "first"), ("first", "second"), ("second", None)]
    with serving.transaction() as session:
        newest = promotions(session, PROFILE, 1)[0]
    assert (newest.by, newest.why, newest.profile) == ("telegram:7", "gate", PROFILE)


def test_what_answers_already_is_not_history(serving: Database, store: WeightsStore) -> None:
    know(serving, store, "first")
    assert put(serving, store, "first")
    assert not put(serving, store, "first")
    assert _history(serving) == [(None, "first")]


@pytest.mark.parametrize("verdict", ["failed", "not_measured"])
def test_one_that_did_not_pass_answers_only_despite_that(
    serving: Database, store: WeightsStore, verdict: Verdict
) -> None:
    know(serving, store, "worse", verdict)
    assert refused(serving, store, "worse") == verdict
    assert answering(serving) is None
    assert _history(serving) == []
    assert put(serving, store, "worse", despite=True)
    assert answering(serving) == "worse"


def test_one_whose_weights_are_others_now_does_not_answer(
    serving: Database, store: WeightsStore
) -> None:
    know(serving, store, "first")
    write_adapter(store, "first", b"somebody else's")
    assert refused(serving, store, "first") == "changed"
    assert refused(serving, store, "first", despite=True) == "changed"
    assert answering(serving) is None


def test_one_without_its_files_does_not_answer(serving: Database, store: WeightsStore) -> None:
    know(serving, store, "first")
    (store.adapters / "first" / "adapter_config.json").unlink()
    assert refused(serving, store, "first") == "gone"


@pytest.mark.parametrize("name", ["nobodys", "../first", "", "first/."])
def test_one_that_is_not_registered_does_not_answer(
    serving: Database, store: WeightsStore, name: str
) -> None:
    know(serving, store, "first")
    write_adapter(store, "nobodys")
    assert refused(serving, store, name, despite=True) == "unknown"


def test_one_of_another_profile_does_not_answer(serving: Database, store: WeightsStore) -> None:
    know(serving, store, "strange", profile="rap-phi3-v")
    assert refused(serving, store, "strange", despite=True) == "of_another_profile"


def test_under_another_profile_nothing_is_promoted(database: Database, store: WeightsStore) -> None:
    know(database, store, "first")
    assert refused(database, store, "first") == "no_profile"
    with database.transaction() as session:
        put_into_service(session, "starter")
    assert refused(database, store, "first") == "other_profile_serves"
    assert refused(database, store, None) == "other_profile_serves"
    with database.transaction() as session:
        assert session.scalars(select(Promotion)).all() == []


def test_two_promotions_at_once_follow_one_another(serving: Database, store: WeightsStore) -> None:
    """Each knows what answered when it came, or a roll-back would return to the wrong one."""
    names = [f"adapter-{number}" for number in range(4)]
    for name in names:
        know(serving, store, name)
    threads = [threading.Thread(target=put, args=(serving, store, name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = _history(serving)
    assert sorted(str(now) for _, now in history) == names
    assert [was for was, _ in history] == [None, *(now for _, now in history[:-1])]
    assert answering(serving) == history[-1][1]


def test_the_registry_shows_a_profiles_adapters_the_newest_first(
    database: Database, store: WeightsStore
) -> None:
    know(database, store, "first")
    know(database, store, "strange", profile="rap-phi3-v")
    know(database, store, "second", "failed")
    with database.transaction() as session:
        rows = registered(session, PROFILE)
    assert [(row.name, row.verdict, row.made_by) for row in rows] == [
        ("second", "failed", "operator"),
        ("first", "passed", "operator"),
    ]
    assert rows[1].sha256 == sha256_on_shelf(store, "first")


def _run(database: Database, state: str = "done") -> int:
    with database.transaction() as session:
        run = TrainingRun(plan={"name": "rap"}, asked_by="telegram:7", state=state)
        session.add(run)
        session.flush()
        return run.id


def test_a_name_is_taken_once(database: Database, store: WeightsStore) -> None:
    first, second = _run(database), _run(database)
    know(database, store, "first", run_id=first)
    for run_id in (None, second):
        with pytest.raises(AdapterKnown, match="first"):
            know(database, store, "first", run_id=run_id)
    know(database, store, "brought")
    with pytest.raises(AdapterKnown):
        know(database, store, "brought")


def test_a_run_that_goes_on_registers_its_adapter_anew(
    database: Database, store: WeightsStore
) -> None:
    run_id = _run(database, "running")
    know(database, store, "first", "not_measured", run_id=run_id)
    know(database, store, "first", "passed", run_id=run_id)
    with database.transaction() as session:
        assert session.scalars(select(Adapter.verdict)).all() == ["passed"]


def test_what_was_trained_on_and_measured_is_kept(database: Database, store: WeightsStore) -> None:
    with database.transaction() as session:
        register(
            session,
            name="first",
            profile=PROFILE,
            base="tests/base@1",
            sha256="00",
            data={"records": 3},
            metrics={"after": {"recognition": 0.9}},
            verdict="passed",
            reasons=["better"],
            run_id=None,
            made_by="schedule",
        )
    with database.transaction() as session:
        found = find_adapter(session, "first")
    assert found is not None
    assert (found.base, found.data, found.reasons) == ("tests/base@1", {"records": 3}, ["better"])
    assert found.metrics == {"after": {"recognition": 0.9}}
