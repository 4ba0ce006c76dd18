"""Isolation over random families, moves and deletions: no query here names a list or a person.

What each person sees is worked out in a model beside the database; PostgreSQL alone, without any
filter of the application's, must come to the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from config import Settings
from rap_engine.errors import NotAMember
from rap_engine.memory import Actor, Database, acting_as
from tests.integration.isolation.families import WRITERS, World
from tests.services import empty, fresh_database

FILTERLESS = {
    "concepts": "SELECT DISTINCT list_id FROM concepts",
    "views": "SELECT DISTINCT list_id FROM views",
    "keys": "SELECT DISTINCT list_id FROM keys",
}
_MOST_PEOPLE = 4
_MOST_LISTS = 8
pick = st.integers(min_value=0, max_value=1000)


@contextmanager
def _refused() -> Iterator[None]:
    with pytest.raises((ProgrammingError, NotAMember)) as refusal:
        yield
    cause = refusal.value.__cause__ if isinstance(refusal.value, NotAMember) else refusal.value
    assert "row-level security" in str(cause)


class Families(RuleBasedStateMachine):
    """People come and go, found, join, write where they may and where they may not."""

    database: Database

    @initialize()
    def begin(self) -> None:
        empty(self.database.url)
        """With a family of three: from nothing, chance would seldom come to one."""
        self.world = World(self.database)
        owner, editor, viewer = (self.world.arrive() for _ in range(3))
        family = self.world.found(owner)
        self.world.join(editor, family, "editor")
        self.world.join(viewer, family, "viewer")
        self.world.remember(editor, family)
        self.world.remember(viewer, self.world.users[viewer])

    def person(self, number: int) -> int:
        return sorted(self.world.users)[number % len(self.world.users)]

    def list_(self, number: int) -> int:
        return self.world.lists[number % len(self.world.lists)]

    @precondition(lambda self: len(self.world.users) < _MOST_PEOPLE)
    @rule()
    def somebody_comes(self) -> None:
        self.world.arrive()

    @precondition(lambda self: len(self.world.users) > 2)
    @rule(who=pick)
    def somebody_is_erased(self, who: int) -> None:
        self.world.erase(self.person(who))

    @precondition(lambda self: len(self.world.lists) < _MOST_LISTS)
    @rule(who=pick)
    def somebody_founds_a_family(self, who: int) -> None:
        self.world.found(self.person(who))

    @precondition(lambda self: len(self.world.lists) < _MOST_LISTS)
    @rule(who=pick)
    def a_group_begins(self, who: int) -> None:
        self.world.open_group(self.person(who))

    @rule(who=pick, where=pick, role=st.sampled_from(["editor", "viewer"]))
    def somebody_joins(self, who: int, where: int, role: str) -> None:
        """Into a personal or a group's list no invite leads."""
        self.world.join(self.person(who), self.list_(where), role)

    @rule(by=pick, where=pick, whom=pick)
    def somebody_removes_somebody(self, by: int, where: int, whom: int) -> None:
        self.world.remove(self.person(by), self.list_(where), self.person(whom))

    @rule(by=pick, where=pick, whom=pick, role=st.sampled_from(["editor", "viewer"]))
    def somebody_changes_a_role(self, by: int, where: int, whom: int, role: str) -> None:
        self.world.change_role(self.person(by), self.list_(where), self.person(whom), role)

    @rule(by=pick, where=pick)
    def somebody_dissolves_a_list(self, by: int, where: int) -> None:
        self.world.dissolve(self.person(by), self.list_(where))

    @rule(who=pick, where=pick)
    def somebody_remembers(self, who: int, where: int) -> None:
        user_id, list_id = self.person(who), self.list_(where)
        if self.world.role(list_id, user_id) in WRITERS:
            self.world.remember(user_id, list_id)
        else:
            with _refused():
                self.world.remember(user_id, list_id)

    @precondition(lambda self: self.world.concepts)
    @rule(who=pick, what=pick, where=pick)
    def somebody_moves_a_concept(self, who: int, what: int, where: int) -> None:
        user_id, target = self.person(who), self.list_(where)
        concept_id = sorted(self.world.concepts)[what % len(self.world.concepts)]
        source = self.world.concepts[concept_id]
        reach = {
            list_id
            for list_id in self.world.sees(Actor(user_id))
            if self.world.role(list_id, user_id) in WRITERS
        }
        if source not in reach:
            # Not even found, so nothing happens.
            self.world.move(user_id, concept_id, target)
            self.world.concepts[concept_id] = source
        elif target in reach:
            self.world.move(user_id, concept_id, target)
        else:
            with _refused():
                self.world.move(user_id, concept_id, target)

    @invariant()
    def everybody_sees_what_is_theirs_and_nothing_else(self) -> None:
        for actor in self.world.actors():
            lists = self.world.sees(actor)
            held = {list_id for list_id in self.world.concepts.values() if list_id in lists}
            with self.database.transaction() as session, acting_as(session, actor):
                for query in FILTERLESS.values():
                    assert set(session.scalars(text(query))) == held
                assert set(session.scalars(text("SELECT id FROM concept_lists"))) == lists
                members = {
                    (list_id, user_id)
                    for list_id, user_id in session.execute(
                        text("SELECT list_id, user_id FROM members")
                    )
                }
                assert members == {key for key in self.world.roles if key[0] in lists}
                seen = set(session.scalars(text("SELECT DISTINCT list_id FROM changes")))
                assert seen <= lists
                invited = set(session.scalars(text("SELECT DISTINCT list_id FROM invites")))
                assert all(self.world.role(each, actor.user_id) == "owner" for each in invited)
                assert invited <= lists

    @invariant()
    def without_a_person_there_is_nothing(self) -> None:
        with self.database.transaction() as session:
            session.execute(text("SET LOCAL ROLE rapbot_user"))
            for query in FILTERLESS.values():
                assert session.scalars(text(query)).all() == []

    @invariant()
    def the_model_has_forgotten_no_concept(self) -> None:
        with self.database.transaction() as session:
            rows = session.execute(text("SELECT id, list_id FROM concepts")).all()
        assert {row.id: row.list_id for row in rows} == self.world.concepts


def _play(database: Database, *, is_known: bool = False) -> None:
    """Play some games; with `is_known` the same ones each time."""
    case = type("FamiliesOfThisDatabase", (Families,), {"database": database}).TestCase
    case.settings = settings(
        max_examples=8,
        stateful_step_count=20,
        deadline=None,
        database=None,
        derandomize=is_known,
        # Whoever reads a failure of this test sees the steps; a shorter way there takes minutes.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    case().runTest()


def test_isolation_holds_over_random_families(database: Database) -> None:
    _play(database)


@pytest.mark.parametrize(
    "sabotage",
    [
        "ALTER POLICY seen ON keys USING (true)",
        "ALTER POLICY seen ON members USING (user_id = rapbot_user_id())",
        "ALTER FUNCTION rapbot_group_id() RENAME TO old;"
        " CREATE FUNCTION rapbot_group_id() RETURNS bigint LANGUAGE sql RETURN NULL::bigint",
    ],
)
def test_a_hole_in_the_fence_is_found(services: Settings, sabotage: str) -> None:
    with fresh_database(services) as url:
        database = Database(url)
        with database.transaction() as session:
            session.execute(text(sabotage))
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            _play(database, is_known=True)
        database.close()
