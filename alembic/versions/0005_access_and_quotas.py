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

# A person's jobs of a day are counted, and a person's or a list's unfinished ones.
INDEXES = """
DROP INDEX jobs_user_id_idx;
CREATE INDEX jobs_user_id_created_at_idx ON jobs (user_id, created_at);
DROP INDEX jobs_list_id_idx;
CREATE INDEX jobs_list_id_created_at_idx ON jobs (list_id, created_at);
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(INDEXES)


def downgrade() -> None:
    op.execute("DROP INDEX jobs_list_id_created_at_idx, jobs_user_id_created_at_idx")
    op.execute("CREATE INDEX jobs_user_id_idx ON jobs (user_id)")
    op.execute("CREATE INDEX jobs_list_id_idx ON jobs (list_id)")
    op.execute(
        "ALTER TABLE concept_lists DROP COLUMN jobs_a_day, DROP COLUMN most_concepts,"
        " DROP COLUMN most_bytes"
    )
    op.execute("ALTER TABLE users DROP COLUMN access, DROP COLUMN jobs_a_day")
