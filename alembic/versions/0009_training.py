"""Training runs, the adapters that they make, and each change of the one that answers."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# No right of `rapbot_user`'s: none of it is a person's.
TABLES = """
CREATE TABLE training_runs (
    id bigint GENERATED ALWAYS AS IDENTITY,
    plan jsonb NOT NULL,
    asked_by text NOT NULL,
    state text DEFAULT 'queued' NOT NULL,
    attempt bigint DEFAULT 0 NOT NULL,
    leased_until timestamptz,
    publishes bigint DEFAULT 0 NOT NULL,
    publish_after timestamptz DEFAULT now() NOT NULL,
    cancel_asked_by text,
    stage text DEFAULT '' NOT NULL,
    step bigint DEFAULT 0 NOT NULL,
    steps bigint DEFAULT 0 NOT NULL,
    loss double precision,
    seconds_left double precision,
    micro_batch bigint,
    uses_consented boolean DEFAULT false NOT NULL,
    report jsonb DEFAULT '{}' NOT NULL,
    error text,
    created_at timestamptz DEFAULT now() NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT training_runs_pkey PRIMARY KEY (id),
    CONSTRAINT training_runs_state_check CHECK (
        state IN ('queued', 'running', 'done', 'failed', 'cancelled')
    )
);
CREATE UNIQUE INDEX training_runs_unfinished_idx ON training_runs ((true))
    WHERE state IN ('queued', 'running');
CREATE TABLE adapters (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    profile text NOT NULL,
    base text NOT NULL,
    sha256 text NOT NULL,
    data jsonb DEFAULT '{}' NOT NULL,
    metrics jsonb DEFAULT '{}' NOT NULL,
    verdict text DEFAULT 'not_measured' NOT NULL,
    reasons jsonb DEFAULT '[]' NOT NULL,
    run_id bigint,
    made_by text NOT NULL,
    made_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT adapters_pkey PRIMARY KEY (id),
    CONSTRAINT adapters_name_key UNIQUE (name),
    CONSTRAINT adapters_verdict_check CHECK (verdict IN ('passed', 'failed', 'not_measured')),
    CONSTRAINT adapters_run_id_fkey FOREIGN KEY (run_id) REFERENCES training_runs (id)
        ON DELETE SET NULL
);
CREATE INDEX adapters_run_id_idx ON adapters (run_id);
CREATE TABLE promotions (
    id bigint GENERATED ALWAYS AS IDENTITY,
    profile text NOT NULL,
    adapter text,
    came_from text,
    by text NOT NULL,
    why text NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT promotions_pkey PRIMARY KEY (id)
);
CREATE INDEX promotions_profile_id_idx ON promotions (profile, id);
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE promotions; DROP TABLE adapters; DROP TABLE training_runs;")
