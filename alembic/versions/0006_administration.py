"""Admins, what they did, what they tell everybody, and whether the bot is under maintenance."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# No right of `rapbot_user`'s: who acts for a person has no business here. The audit log names an
# admin by channel and number, so that it outlives the admin's own data.
TABLES = """
CREATE TABLE admins (
    user_id bigint NOT NULL,
    granted_by text NOT NULL,
    granted_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT admins_pkey PRIMARY KEY (user_id),
    CONSTRAINT admins_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    admin text NOT NULL,
    act text NOT NULL,
    subject text DEFAULT '' NOT NULL,
    details jsonb DEFAULT '{}' NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);
CREATE TABLE broadcasts (
    id bigint GENERATED ALWAYS AS IDENTITY,
    channel text NOT NULL,
    text text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    state text DEFAULT 'draft' NOT NULL,
    after_user_id bigint DEFAULT 0 NOT NULL,
    sent bigint DEFAULT 0 NOT NULL,
    ended_at timestamptz,
    CONSTRAINT broadcasts_pkey PRIMARY KEY (id),
    CONSTRAINT broadcasts_channel_check CHECK (channel IN ('telegram', 'console')),
    CONSTRAINT broadcasts_state_check CHECK (
        state IN ('draft', 'running', 'done', 'stopped')
    )
);
CREATE TABLE operation (
    id bigint DEFAULT 1 NOT NULL,
    maintenance_since timestamptz,
    maintenance_note text DEFAULT '' NOT NULL,
    CONSTRAINT operation_pkey PRIMARY KEY (id),
    CONSTRAINT operation_id_check CHECK (id = 1)
);
CREATE TABLE admin_menus (
    chat_id bigint NOT NULL,
    CONSTRAINT admin_menus_pkey PRIMARY KEY (chat_id)
);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE admin_menus, operation, broadcasts, audit_log, admins")
