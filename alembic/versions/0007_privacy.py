"""Agreement to training, data that a person takes along, and a last word to who has gone."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# A farewell belongs to nobody: whom it is for has no row any more.
COLUMNS = """
ALTER TABLE users ADD COLUMN training_agreed_at timestamptz;
ALTER TABLE replies ALTER COLUMN user_id DROP NOT NULL;
"""

# Who was blocked and erases themselves is not let in by that. No right of `rapbot_user`'s.
TABLES = """
CREATE TABLE turned_away (
    channel text NOT NULL,
    external_id text NOT NULL,
    CONSTRAINT turned_away_pkey PRIMARY KEY (channel, external_id),
    CONSTRAINT turned_away_channel_check CHECK (channel IN ('telegram', 'console'))
);
"""

# Who confirmed an agreement may take it back, and see that there is one, without being in the list
# any more. Nothing else of the concept is told. A group speaks only of what is its own.
AGREEMENTS = """
CREATE FUNCTION rapbot_own_faces() RETURNS TABLE (
    concept_id bigint, agreed_at timestamptz, keys bigint
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT concepts.id, concepts.face_agreed_at,
               (SELECT count(*) FROM public.keys
                WHERE keys.concept_id = concepts.id AND starts_with(keys.encoder, 'face/'))
        FROM public.concepts
        WHERE concepts.face_agreed_by = public.rapbot_user_id()
              AND concepts.face_agreed_at IS NOT NULL AND concepts.forgotten_at IS NULL
              AND public.rapbot_group_id() IS NULL
              AND concepts.list_id <> ALL (public.rapbot_lists('owner', 'editor', 'viewer'))
    $$;
CREATE FUNCTION rapbot_withdraw_own_face(concept_id bigint) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        UPDATE public.concepts SET face_agreed_by = NULL, face_agreed_at = NULL
        WHERE concepts.id = $1 AND concepts.face_agreed_by = public.rapbot_user_id()
              AND public.rapbot_group_id() IS NULL;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
        DELETE FROM public.keys
        WHERE keys.concept_id = $1 AND starts_with(keys.encoder, 'face/');
        RETURN true;
    END
    $$;
REVOKE ALL ON FUNCTION rapbot_own_faces, rapbot_withdraw_own_face FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rapbot_own_faces, rapbot_withdraw_own_face TO rapbot_user;
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(TABLES)
    op.execute(AGREEMENTS)
    _allow_kinds("remember", "answer", "face", "export")


def downgrade() -> None:
    op.execute("DROP FUNCTION rapbot_withdraw_own_face, rapbot_own_faces")
    op.execute("DROP TABLE turned_away")
    op.execute("DELETE FROM jobs WHERE kind = 'export'")
    _allow_kinds("remember", "answer", "face")
    op.execute("DELETE FROM replies WHERE user_id IS NULL")
    op.execute("ALTER TABLE replies ALTER COLUMN user_id SET NOT NULL")
    op.execute("ALTER TABLE users DROP COLUMN training_agreed_at")


def _allow_kinds(*kinds: str) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE jobs DROP CONSTRAINT jobs_kind_check")
    op.execute(f"ALTER TABLE jobs ADD CONSTRAINT jobs_kind_check CHECK (kind IN ({words}))")
