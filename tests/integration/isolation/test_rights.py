"""The role that acts for people: what it may touch at all, whatever a later migration adds."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from rap_engine.memory import Database, acting_as
from tests.integration.conftest import Person

OPEN_FUNCTIONS = {"rapbot_user_id", "rapbot_group_id"}
"""Anybody may call these: they say no more than what the caller has set."""
DOORS = {
    "rapbot_lists",
    "rapbot_companions",
    "rapbot_found_family",
    "rapbot_read_invite",
    "rapbot_join",
    "rapbot_unfinished_jobs",
    "rapbot_jobs_of_list",
    "rapbot_to_be_remembered",
    "rapbot_answer_offer",
    "rapbot_own_faces",
    "rapbot_withdraw_own_face",
    "rapbot_copy_views",
    "rapbot_is_chat",
}
"""These run with their owner's rights for the person in the context."""


def _names(session: Session, query: str) -> set[str]:
    return set(session.scalars(text(query)))


def test_the_role_is_nobody_and_passes_by_no_policy(database: Database) -> None:
    query = text(
        "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb, rolreplication"
        " FROM pg_roles WHERE rolname = 'rapbot_user'"
    )
    with database.transaction() as session:
        assert not any(session.execute(query).one())
        owned = "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'rapbot_user'"
        assert _names(session, owned) == set()


def test_each_table_that_the_role_can_touch_has_row_level_security(database: Database) -> None:
    touched = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm')"
        " AND (has_table_privilege('rapbot_user', oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')"
        " OR has_any_column_privilege('rapbot_user', oid, 'SELECT, INSERT, UPDATE'))"
    )
    with database.transaction() as session:
        reachable = _names(session, touched)
        fenced = _names(session, f"{touched} AND relrowsecurity")
    assert reachable == fenced
    assert {"concepts", "views", "keys", "members", "users", "turns", "jobs"} <= reachable


def test_each_policy_asks_for_the_person(database: Database) -> None:
    blind = (
        "SELECT tablename || ' ' || policyname FROM pg_policies WHERE schemaname = 'public'"
        " AND coalesce(qual, '') || coalesce(with_check, '') !~ 'rapbot_(user_id|lists)'"
    )
    with database.transaction() as session:
        assert _names(session, blind) == set()
        assert session.scalars(text("SELECT count(*) FROM pg_policies")).one() > len(DOORS)


def test_a_function_with_its_owners_rights_has_a_fixed_path_and_few_callers(
    database: Database,
) -> None:
    ours = "FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname ~ '^rapbot_'"
    callable_ = f"SELECT proname {ours} AND has_function_privilege('rapbot_user', oid, 'EXECUTE')"
    loose = (
        f"SELECT proname {ours} AND prosecdef AND NOT coalesce("
        "'search_path=pg_catalog, public' = ANY (proconfig), false)"
    )
    public = f"SELECT proname {ours} AND has_function_privilege('public', oid, 'EXECUTE')"
    with database.transaction() as session:
        assert _names(session, loose) == set()
        assert _names(session, f"{callable_} AND prorettype <> 'trigger'::regtype") == (
            OPEN_FUNCTIONS | DOORS
        )
        assert _names(session, f"{public} AND prorettype <> 'trigger'::regtype") == OPEN_FUNCTIONS


def test_the_context_ends_with_the_transaction_whatever_was_done_in_it(
    database: Database, anna: Person
) -> None:
    """A connection goes back to the pool: the next transaction on it has nobody's eyes."""
    with database.transaction() as session:
        session.execute(text("SELECT set_config('rapbot.user_id', '1', true)"))
        session.execute(text("SET LOCAL ROLE rapbot_user"))
    with database.transaction() as session:
        assert session.scalars(text("SELECT current_user")).one() != "rapbot_user"
        assert not session.scalar(text("SELECT current_setting('rapbot.user_id', true)"))
        with acting_as(session, anna.actor):
            assert session.scalars(text("SELECT current_user")).one() == "rapbot_user"
