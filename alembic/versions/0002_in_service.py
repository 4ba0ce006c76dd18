"""Which profile serves and which is wanted; what embeds a view anew."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# No right of `rapbot_user`'s: who acts for a person has no business here.
IN_SERVICE = """
CREATE TABLE in_service (
    id bigint DEFAULT 1 NOT NULL,
    profile text NOT NULL,
    adapter text,
    wanted text NOT NULL,
    changed_at timestamptz DEFAULT now() NOT NULL,
    round bigint DEFAULT 0 NOT NULL,
    publishes bigint DEFAULT 0 NOT NULL,
    publish_after timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT in_service_pkey PRIMARY KEY (id),
    CONSTRAINT in_service_id_check CHECK (id = 1)
);
"""

# Before this there was one profile. With an empty database, the first one wanted goes into service.
WHAT_SERVED = """
INSERT INTO in_service (profile, wanted)
SELECT 'starter', 'starter' WHERE EXISTS (SELECT FROM views);
"""

VIEWS = """
ALTER TABLE views
    ADD COLUMN scene bytea,
    ADD COLUMN is_readable boolean DEFAULT true NOT NULL;
"""


def upgrade() -> None:
    for part in (IN_SERVICE, WHAT_SERVED, VIEWS):
        op.execute(part)


def downgrade() -> None:
    op.execute("ALTER TABLE views DROP COLUMN scene, DROP COLUMN is_readable")
    op.execute("DROP TABLE in_service")
