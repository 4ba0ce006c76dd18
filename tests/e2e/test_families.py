"""Two families and an outsider: the bot, a worker with the models of `starter`, a Bot API."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from bot.handlers import families
from bot.handlers.buttons import Arity
from rap_engine.memory import Concept, Database, Invite, User
from tests.e2e.pictures import checks, rings
from tests.e2e.programs import Program, ended_afterwards
from tests.telegram import LIBRARY_WARNING, FakeTelegram, Person

pytestmark = [pytest.mark.e2e, LIBRARY_WARNING]
TABLES = ("concepts", "views", "keys", "members", "concept_lists", "invites", "changes")


@pytest.fixture
def worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Program]:
    environment["RAPBOT_HOUSEKEEPING_INTERVAL_S"] = "0.5"
    with ended_afterwards(Program("worker", environment, tmp_path)) as program:
        yield program


@pytest.fixture
def mallory(telegram: FakeTelegram) -> Person:
    return telegram.person(666, "Mallory")


@pytest.fixture(autouse=True)
def _running(bot: Program) -> None:
    bot.start()


def _founds(person: Person, title: str) -> None:
    """Found a family that takes what is new."""
    person.says(f"/family {title}")
    person.hears(f"The family {title} is there")
    person.says("/lists")
    person.taps(person.hears("Your lists"), f"New ones go into {title}")
    person.hears(title)


def _invites(person: Person, command: str = "/invite") -> str:
    """Return the words of the link that an owner gets."""
    person.says(command)
    found = re.search(r"\?start=(\S+)", person.hears("Here is an invite").text)
    assert found is not None
    return f"/start {found[1]}"


def _joins(person: Person, link: str, owner: Person, title: str) -> None:
    person.says(link)
    person.taps(person.hears(f"invites you to the family {title}"), "Join")
    person.hears(f"You are in {title} now")
    owner.hears(f"{person.name} has joined")


def _rows(database: Database) -> dict[str, list[str]]:
    with database.transaction() as session:
        return {
            table: sorted(session.scalars(text(f"SELECT t::text FROM {table} t")))  # noqa: S608
            for table in TABLES
        }


def test_two_families_keep_to_themselves(
    worker: Program, telegram: FakeTelegram, anna: Person, bert: Person
) -> None:
    worker.start()
    carla, dora = telegram.person(503, "Carla"), telegram.person(504, "Dora")
    _founds(anna, "Smiths")
    _joins(bert, _invites(anna), anna, "Smiths")
    _founds(carla, "Joneses")
    _joins(dora, _invites(carla), carla, "Joneses")
    anna.sends(rings(), "/remember Target: hangs in the hall, made by Uncle Bo")
    anna.hears("remember Target in Smiths")
    carla.sends(checks(), "/remember Target: the rug in the kitchen")
    carla.hears("remember Target in Joneses")
    bert.says("Who made Target?")
    bert.hears("Uncle Bo")
    bert.sends(rings())
    bert.hears("Target")
    dora.says("What is Target?")
    assert "Uncle Bo" not in dora.hears("rug in the kitchen").text
    dora.sends(rings())
    assert "Target" not in dora.hears("").text
    dora.says("/history")
    assert "Anna" not in dora.hears("Carla").text


def test_an_outsider_who_presses_every_button_gets_nowhere(
    worker: Program,
    telegram: FakeTelegram,
    database: Database,
    anna: Person,
    bert: Person,
    mallory: Person,
) -> None:
    worker.start()
    _founds(anna, "Smiths")
    _joins(bert, _invites(anna), anna, "Smiths")
    _invites(anna)
    anna.sends(rings(), "/remember Target: made by Uncle Bo")
    shown = anna.hears("remember Target in Smiths")
    mallory.says("/start")
    mallory.hears("Hello")
    before = _rows(database)
    with database.transaction() as session:
        family = session.scalars(select(Invite.list_id).limit(1)).one()
        owner = session.scalars(select(User.id).where(User.display_name == "Anna")).one()
        concept = session.scalars(select(Concept.id)).one()
    whole = [spec.name for spec in families.TAPS if spec.arity is not Arity.ID]
    single = [spec.name for spec in families.TAPS if spec.name not in whole]
    guesses = [f"{tap}:{one}" for tap in single for one in (family, owner, concept)]
    guesses += [
        f"{tap}:{one}:{two}"
        for tap in whole
        for one, two in ((family, owner), (concept, family), (family, 1))
    ]
    for data in guesses:
        mallory.taps_data(shown, data)
    mallory.says("/list")
    telegram.wait_for(
        lambda: len(telegram.calls("answerCallbackQuery")) >= len(guesses), "an answer to each tap"
    )
    told = telegram.wait_for(
        lambda: [c.text for c in mallory.replies() if "do not remember anybody" in c.text],
        "the empty list",
    )
    assert told
    everything = " ".join(call.text for call in mallory.replies())
    assert not any(secret in everything for secret in ("Target", "Bo", "Anna", "Bert"))
    assert _rows(database) == before


def test_a_viewer_looks_and_changes_nothing(
    worker: Program, database: Database, anna: Person, bert: Person
) -> None:
    worker.start()
    _founds(anna, "Smiths")
    _joins(bert, _invites(anna, "/invite viewer"), anna, "Smiths")
    anna.sends(rings(), "/remember Target: made by Uncle Bo")
    anna.hears("remember Target in Smiths")
    before = _rows(database)
    bert.says("Who made Target?")
    bert.hears("Uncle Bo")
    for command in ("/forget Target", "/rename Target: Mine", "/describe Target: a lie"):
        bert.says(command)
        bert.hears("you are a viewer")
    bert.says("/invite")
    bert.hears("You own no family")
    bert.says("/move Target")
    bert.hears("viewer")
    assert _rows(database) == before


def test_an_invite_that_expired_or_was_used_lets_nobody_in(
    telegram: FakeTelegram, database: Database, anna: Person, bert: Person, mallory: Person
) -> None:
    _founds(anna, "Smiths")
    once = _invites(anna)
    _joins(bert, once, anna, "Smiths")
    mallory.says(once)
    mallory.hears("That invite does not work")
    late = _invites(anna)
    mallory.says(late)
    offer = mallory.hears("invites you to the family Smiths")
    with database.transaction() as session:
        session.execute(update(Invite).values(expires_at=func.now()))
    mallory.taps(offer, "Join")
    mallory.says(late)
    mallory.hears("That invite does not work")
    mallory.says("/family")
    mallory.hears("You are in no family yet")


def test_a_member_removed_in_the_middle_of_a_job_adds_nothing(
    worker: Program, database: Database, anna: Person, bert: Person
) -> None:
    _founds(anna, "Smiths")
    _joins(bert, _invites(anna), anna, "Smiths")
    bert.says("/lists")
    bert.taps(bert.hears("Your lists"), "New ones go into Smiths")
    bert.hears("Smiths")
    bert.sends(rings(), "/remember Target: poison")
    anna.says("/family")
    anna.taps(anna.hears("Members: "), "Members")
    anna.taps(anna.hears("Whom do you mean?"), "Bert (editor)")
    anna.taps(anna.hears("Bert is an editor in Smiths"), "Remove")
    anna.taps(anna.hears("Remove Bert from Smiths?"), "Remove")
    anna.hears("Bert is not in Smiths any more")
    bert.hears("its owner has removed you")
    worker.start()
    bert.hears("you may not do that in it")
    with database.transaction() as session:
        assert session.scalars(select(Concept.id)).all() == []
