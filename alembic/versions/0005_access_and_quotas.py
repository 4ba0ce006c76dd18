"""Who may write to the bot, and how much."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# NULL is what the settings say.
COLUMNS = """
ALTER TABLE users
    ADD COLUMN access text DEFAULT 'default' NOT NULL,
    ADD COLUMN jobs_a_day bigint,
    ADD CONSTRAINT users_access_check CHECK (access IN ('default', 'allowed', 'blocked'));
ALTER TABLE concept_lists
    ADD COLUMN jobs_a_day bigint,
    ADD COLUMN most_concepts bigint,
    ADD COLUMN most_bytes bigint;
"""

# A person's and a list's jobs of a day are counted, and what a list holds; a person's unfinished
# jobs are asked for each time that one is made, taken or ended, and their photos of a day each time
# that one is kept.
INDEXES = """
DROP INDEX jobs_user_id_idx;
CREATE INDEX jobs_user_id_created_at_idx ON jobs (user_id, created_at);
DROP INDEX jobs_list_id_idx;
CREATE INDEX jobs_list_id_created_at_idx ON jobs (list_id, created_at);
CREATE INDEX jobs_turns_idx ON jobs (user_id, id) WHERE state IN ('queued', 'running');
CREATE INDEX views_list_id_idx ON views (list_id);
CREATE INDEX uploads_user_id_created_at_idx ON uploads (user_id, created_at);
"""

# Row-level security hides the jobs of others. How many there are is all that is told of them, and
# of a list's only to who sees the list.
COUNTS = """
CREATE FUNCTION rapbot_unfinished_jobs() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ SELECT count(*) FROM public.jobs WHERE state IN ('queued', 'running') $$;
CREATE FUNCTION rapbot_jobs_of_list(bigint, since timestamptz) RETURNS SETOF timestamptz
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT created_at FROM public.jobs
        WHERE list_id = $1 AND created_at > $2
              AND (current_setting('role') = 'none'  -- the system's own
                   OR $1 = ANY (public.rapbot_lists('owner', 'editor', 'viewer')))
        ORDER BY created_at DESC
    $$;
CREATE FUNCTION rapbot_to_be_remembered(bigint) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT count(*) FROM public.jobs
        WHERE list_id = $1 AND kind = 'remember' AND payload ->> 'concept_id' IS NULL
              AND state IN ('queued', 'running')
              AND (current_setting('role') = 'none'
                   OR $1 = ANY (public.rapbot_lists('owner', 'editor', 'viewer')))
    $$;
REVOKE ALL ON FUNCTION
    rapbot_unfinished_jobs, rapbot_jobs_of_list, rapbot_to_be_remembered FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    rapbot_unfinished_jobs, rapbot_jobs_of_list, rapbot_to_be_remembered TO rapbot_user;
"""

# Whom the bot refused, and which group it spoke to at large, is remembered with the update, for as
# long as that is kept.
REFUSED = """
ALTER TABLE inbox DROP CONSTRAINT inbox_state_check;
ALTER TABLE inbox ADD CONSTRAINT inbox_state_check
    CHECK (state IN ('pending', 'handled', 'ignored', 'refused', 'told', 'failed'));
CREATE INDEX inbox_told_idx ON inbox (channel, chat_id) WHERE state IN ('refused', 'told');
"""
REFUSED_BACK = """
DROP INDEX inbox_told_idx;
UPDATE inbox SET state = 'ignored' WHERE state IN ('refused', 'told');
ALTER TABLE inbox DROP CONSTRAINT inbox_state_check;
ALTER TABLE inbox ADD CONSTRAINT inbox_state_check
    CHECK (state IN ('pending', 'handled', 'ignored', 'failed'));
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(INDEXES)
    op.execute(COUNTS)
    op.execute(REFUSED)


def downgrade() -> None:
    op.execute(REFUSED_BACK)
    op.execute("DROP FUNCTION rapbot_unfinished_jobs, rapbot_jobs_of_list, rapbot_to_be_remembered")
    op.execute("DROP INDEX uploads_user_id_created_at_idx, views_list_id_idx, jobs_turns_idx")
    op.execute("DROP INDEX jobs_list_id_created_at_idx, jobs_user_id_created_at_idx")
    op.execute("CREATE INDEX jobs_user_id_idx ON jobs (user_id)")
    op.execute("CREATE INDEX jobs_list_id_idx ON jobs (list_id)")
    op.execute(
        "ALTER TABLE concept_lists DROP COLUMN jobs_a_day, DROP COLUMN most_concepts,"
        " DROP COLUMN most_bytes"
    )
    op.execute("ALTER TABLE users DROP COLUMN access, DROP COLUMN jobs_a_day")
