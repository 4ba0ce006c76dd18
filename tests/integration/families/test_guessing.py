"""A stranger who guesses every id in every tap reaches nothing, and neither does a viewer."""

import itertools

import pytest
from sqlalchemy import Text, cast, column, literal_column, select, text

from bot.handlers import buttons, families
from bot.handlers.buttons import Arity
from rap_engine.memory import Base, Change, Concept, ConceptList, Database, Invite, User
from tests.integration.families.people import Kin, Relative, invited

pytestmark = pytest.mark.integration
_WATCHED = ("concepts", "views", "keys", "members", "concept_lists", "invites", "changes")


@pytest.fixture
def world(shared: Kin) -> Kin:
    """A family with a concept, an invite, and concepts of its members' own."""
    shared.tells(shared.anna, "Biscuit: our corgi")
    shared.bert.says("/lists")
    shared.bert.presses("New ones go into your own list")
    shared.tells(shared.bert, "Tom: my cat", "blue")
    invited(shared.anna)
    return shared


def _everything(database: Database) -> dict[str, list[str]]:
    with database.transaction() as session:
        return {
            table: list(
                session.scalars(
                    select(cast(literal_column(table), Text))
                    .select_from(text(table))
                    .order_by(text("1"))
                )
            )
            for table in _WATCHED
        }


def _ids(database: Database, table: type[Base]) -> list[int]:
    with database.transaction() as session:
        return list(session.scalars(select(column("id")).select_from(table.__table__)))


def _taps(database: Database) -> list[str]:
    """Return every tap with every id that means something in its place."""
    lists, users, concepts = (_ids(database, one) for one in (ConceptList, User, Concept))
    changes = _ids(database, Change)[-1:]
    ones = {*lists, *concepts, *changes, *_ids(database, Invite)}
    pairs = {
        **dict.fromkeys((buttons.MOVE, buttons.COPY), (concepts, lists)),
        **dict.fromkeys((buttons.INVITE_EDITOR, buttons.INVITE_VIEWER), (lists, [1])),
        buttons.OLDER_OF: (changes, concepts),
        buttons.JOIN: ([], []),  # takes no id; see test_invites
    }
    whole = [spec.name for spec in families.TAPS if spec.arity is not Arity.ID]
    singles = [spec.name for spec in families.TAPS if spec.name not in whole]
    singles += [buttons.FORGET, buttons.UNDO]
    return [f"{name}:{one}" for name in singles for one in sorted(ones)] + [
        f"{name}:{one}:{other}"
        for name in whole
        for one, other in itertools.product(*pairs.get(name, (lists, users)))
    ]


def test_a_stranger_who_guesses_every_id_changes_nothing_and_learns_nothing(
    world: Kin, database: Database, carl: Relative
) -> None:
    carl.says("/start")
    before = _everything(database)
    carl.is_told()
    for data in _taps(database):
        carl.taps(data)
    assert _everything(database) == before
    said = "\n".join(carl.is_told())
    for secret in ("Smiths", "Biscuit", "Tom", "Anna", "Bert", "Vera", "corgi"):
        assert secret not in said


def test_every_tap_of_families_is_guessed_at(world: Kin, database: Database) -> None:
    guessed = {data.partition(":")[0] for data in _taps(database)}
    assert {spec.name for spec in families.TAPS} - {buttons.JOIN} <= guessed


def test_a_viewer_who_guesses_every_id_changes_nothing_in_the_family(
    world: Kin, database: Database
) -> None:
    own = {"leave", "copy", "join_not"}
    before = _everything(database)
    for data in _taps(database):
        if data.partition(":")[0] not in own:
            world.vera.taps(data)
    assert _everything(database) == before
