"""The first schema: people, lists, concepts, conversations, work; isolation by list."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY,
    channel text NOT NULL,
    external_id text NOT NULL,
    display_name text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_channel_external_id_key UNIQUE (channel, external_id),
    CONSTRAINT users_channel_check CHECK (channel IN ('telegram', 'console'))
);
CREATE TABLE concept_lists (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    title text DEFAULT '' NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT concept_lists_pkey PRIMARY KEY (id),
    CONSTRAINT concept_lists_kind_check CHECK (kind IN ('personal', 'family', 'group'))
);
CREATE TABLE members (
    list_id bigint NOT NULL,
    user_id bigint NOT NULL,
    role text NOT NULL,
    joined_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT members_pkey PRIMARY KEY (list_id, user_id),
    CONSTRAINT members_role_check CHECK (role IN ('owner', 'editor', 'viewer')),
    CONSTRAINT members_list_id_fkey FOREIGN KEY (list_id)
        REFERENCES concept_lists (id) ON DELETE CASCADE,
    CONSTRAINT members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX members_user_id_idx ON members (user_id);
CREATE TABLE concepts (
    id bigint GENERATED ALWAYS AS IDENTITY,
    list_id bigint NOT NULL,
    name text NOT NULL,
    folded_name text NOT NULL,
    info text NOT NULL,
    category text NOT NULL,
    created_by bigint,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    forgotten_at timestamptz,
    CONSTRAINT concepts_pkey PRIMARY KEY (id),
    CONSTRAINT concepts_id_list_id_key UNIQUE (id, list_id),
    CONSTRAINT concepts_list_id_fkey FOREIGN KEY (list_id)
        REFERENCES concept_lists (id) ON DELETE CASCADE,
    CONSTRAINT concepts_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL
);
CREATE UNIQUE INDEX concepts_list_id_folded_name_key ON concepts (list_id, folded_name)
    WHERE forgotten_at IS NULL;
CREATE TABLE views (
    id bigint GENERATED ALWAYS AS IDENTITY,
    concept_id bigint NOT NULL,
    list_id bigint NOT NULL,
    photo bytea NOT NULL,
    box double precision[] NOT NULL,
    created_by bigint,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT views_pkey PRIMARY KEY (id),
    CONSTRAINT views_concept_id_list_id_fkey FOREIGN KEY (concept_id, list_id)
        REFERENCES concepts (id, list_id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT views_id_concept_id_list_id_key UNIQUE (id, concept_id, list_id),
    CONSTRAINT views_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX views_concept_id_idx ON views (concept_id);
CREATE TABLE keys (
    id bigint GENERATED ALWAYS AS IDENTITY,
    view_id bigint NOT NULL,
    concept_id bigint NOT NULL,
    list_id bigint NOT NULL,
    encoder text NOT NULL,
    ordinal bigint NOT NULL,
    embedding halfvec NOT NULL,
    CONSTRAINT keys_pkey PRIMARY KEY (id),
    CONSTRAINT keys_view_id_concept_id_list_id_fkey FOREIGN KEY (view_id, concept_id, list_id)
        REFERENCES views (id, concept_id, list_id) ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT keys_view_id_encoder_ordinal_key UNIQUE (view_id, encoder, ordinal)
);
CREATE INDEX keys_list_id_encoder_idx ON keys (list_id, encoder);
CREATE TABLE conversations (
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint NOT NULL,
    channel text NOT NULL,
    chat_id bigint NOT NULL,
    started_at timestamptz DEFAULT now() NOT NULL,
    last_turn_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_channel_check CHECK (channel IN ('telegram', 'console')),
    CONSTRAINT conversations_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX conversations_user_id_channel_chat_id_last_turn_at_idx
    ON conversations (user_id, channel, chat_id, last_turn_at);
CREATE TABLE turns (
    id bigint GENERATED ALWAYS AS IDENTITY,
    conversation_id bigint NOT NULL,
    user_id bigint NOT NULL,
    question text NOT NULL,
    answer text NOT NULL,
    concept_ids bigint[] NOT NULL,
    profile text NOT NULL,
    detector text NOT NULL,
    encoder text NOT NULL,
    generator text NOT NULL,
    cutoff double precision NOT NULL,
    adapter text,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT turns_pkey PRIMARY KEY (id),
    CONSTRAINT turns_conversation_id_fkey FOREIGN KEY (conversation_id)
        REFERENCES conversations (id) ON DELETE CASCADE,
    CONSTRAINT turns_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX turns_conversation_id_idx ON turns (conversation_id);
CREATE TABLE uploads (
    id bigint GENERATED ALWAYS AS IDENTITY,
    user_id bigint NOT NULL,
    content bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT uploads_pkey PRIMARY KEY (id),
    CONSTRAINT uploads_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX uploads_created_at_idx ON uploads (created_at);
CREATE TABLE jobs (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    user_id bigint NOT NULL,
    channel text NOT NULL,
    chat_id bigint NOT NULL,
    message_id bigint,
    payload jsonb NOT NULL,
    upload_id bigint,
    state text DEFAULT 'queued' NOT NULL,
    attempt bigint DEFAULT 0 NOT NULL,
    leased_until timestamptz,
    publishes bigint DEFAULT 0 NOT NULL,
    publish_after timestamptz DEFAULT now() NOT NULL,
    error text,
    result jsonb,
    created_at timestamptz DEFAULT now() NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT jobs_pkey PRIMARY KEY (id),
    CONSTRAINT jobs_kind_check CHECK (kind IN ('remember', 'answer')),
    CONSTRAINT jobs_state_check CHECK (state IN ('queued', 'running', 'done', 'failed')),
    CONSTRAINT jobs_channel_check CHECK (channel IN ('telegram', 'console')),
    CONSTRAINT jobs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT jobs_upload_id_fkey FOREIGN KEY (upload_id)
        REFERENCES uploads (id) ON DELETE SET NULL
);
CREATE INDEX jobs_unfinished_idx ON jobs (state, chat_id) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_user_id_idx ON jobs (user_id);
CREATE TABLE replies (
    id bigint GENERATED ALWAYS AS IDENTITY,
    job_id bigint,
    user_id bigint NOT NULL,
    channel text NOT NULL,
    chat_id bigint NOT NULL,
    message_id bigint,
    content jsonb NOT NULL,
    photo bytea,
    state text DEFAULT 'pending' NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL,
    not_before timestamptz DEFAULT now() NOT NULL,
    error text,
    sent_message_id bigint,
    created_at timestamptz DEFAULT now() NOT NULL,
    sent_at timestamptz,
    CONSTRAINT replies_pkey PRIMARY KEY (id),
    CONSTRAINT replies_state_check CHECK (state IN ('pending', 'sent', 'failed', 'uncertain')),
    CONSTRAINT replies_channel_check CHECK (channel IN ('telegram', 'console')),
    CONSTRAINT replies_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE SET NULL,
    CONSTRAINT replies_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX replies_job_id_idx ON replies (job_id);
CREATE INDEX replies_pending_idx ON replies (channel, chat_id, id) WHERE state = 'pending';
CREATE INDEX replies_user_id_idx ON replies (user_id);
CREATE TABLE inbox (
    channel text NOT NULL,
    update_id bigint NOT NULL,
    chat_id bigint NOT NULL,
    payload jsonb NOT NULL,
    state text DEFAULT 'pending' NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL,
    not_before timestamptz DEFAULT now() NOT NULL,
    error text,
    received_at timestamptz DEFAULT now() NOT NULL,
    handled_at timestamptz,
    CONSTRAINT inbox_pkey PRIMARY KEY (channel, update_id),
    CONSTRAINT inbox_channel_check CHECK (channel IN ('telegram', 'console')),
    CONSTRAINT inbox_state_check CHECK (state IN ('pending', 'handled', 'ignored', 'failed'))
);
CREATE INDEX inbox_pending_idx ON inbox (channel, chat_id, update_id) WHERE state = 'pending';
CREATE TABLE dialogues (
    channel text NOT NULL,
    chat_id bigint NOT NULL,
    user_id bigint NOT NULL,
    state jsonb NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT dialogues_pkey PRIMARY KEY (channel, chat_id, user_id),
    CONSTRAINT dialogues_channel_check CHECK (channel IN ('telegram', 'console')),
    CONSTRAINT dialogues_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
"""

# A key of 1,280 half floats is 2.5 kB: kept in the row, an exact scan need not fetch it apart.
STORAGE = """
ALTER TABLE keys ALTER COLUMN embedding SET STORAGE PLAIN;
"""

# The role of every transaction that acts for a person. It owns nothing and cannot log in.
ROLE = """
DO $$ BEGIN
    CREATE ROLE rapbot_user NOLOGIN NOSUPERUSER NOBYPASSRLS;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
GRANT rapbot_user TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO rapbot_user;
GRANT SELECT ON users, concept_lists, members TO rapbot_user;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON concepts, views, keys, conversations, turns, uploads, dialogues TO rapbot_user;
GRANT SELECT, INSERT ON jobs, replies TO rapbot_user;
"""

# The functions run with their owner's rights: a policy on `members` that reads `members` itself
# would never end. Both answer only for the person in the context.
CONTEXT = """
CREATE FUNCTION rapbot_user_id() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('rapbot.user_id', true), '')::bigint;
CREATE FUNCTION rapbot_lists(VARIADIC roles text[]) RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT coalesce(array_agg(list_id), '{}') FROM public.members
        WHERE user_id = public.rapbot_user_id() AND role = ANY (roles)
    $$;
REVOKE ALL ON FUNCTION rapbot_lists FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rapbot_lists TO rapbot_user;
"""

# `(SELECT ...)` makes PostgreSQL ask once a query instead of once a row.
SEEN = "= ANY ((SELECT rapbot_lists('owner', 'editor', 'viewer'))::bigint[])"
WRITTEN = "= ANY ((SELECT rapbot_lists('owner', 'editor'))::bigint[])"
MINE = "user_id = (SELECT rapbot_user_id())"
OF_A_LIST = ("concepts", "views", "keys")
OF_A_PERSON = ("conversations", "turns", "uploads", "jobs", "replies", "dialogues")


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    for part in (TABLES, STORAGE, ROLE, CONTEXT):
        op.execute(part)
    _allow("users", using="id = (SELECT rapbot_user_id())")
    _allow("concept_lists", using=f"id {SEEN}")
    _allow("members", using=f"list_id {SEEN}")
    for table in OF_A_LIST:
        _allow(table, using=f"list_id {SEEN}", check=f"list_id {WRITTEN}")
    for table in OF_A_PERSON:
        _allow(table, using=MINE, check=MINE)


def _allow(table: str, using: str, check: str | None = None) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY seen ON {table} FOR SELECT TO rapbot_user USING ({using})")
    if check is None:
        return
    op.execute(f"CREATE POLICY added ON {table} FOR INSERT TO rapbot_user WITH CHECK ({check})")
    op.execute(
        f"CREATE POLICY changed ON {table} FOR UPDATE TO rapbot_user"
        f" USING ({check}) WITH CHECK ({check})"
    )
    op.execute(f"CREATE POLICY erased ON {table} FOR DELETE TO rapbot_user USING ({check})")


def downgrade() -> None:
    for table in reversed(("users", "concept_lists", "members", *OF_A_LIST, *OF_A_PERSON, "inbox")):
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION rapbot_lists")
    op.execute("DROP FUNCTION rapbot_user_id")
