"""Who agreed to face keys and when; without that a face key is refused."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AGREEMENT = """
ALTER TABLE concepts
    ADD COLUMN face_agreed_by bigint,
    ADD COLUMN face_agreed_at timestamptz,
    ADD CONSTRAINT concepts_face_agreed_by_fkey FOREIGN KEY (face_agreed_by)
        REFERENCES users (id) ON DELETE SET NULL;
"""

# The lock holds off whoever takes the agreement back until the key is there to be erased. It runs
# with the rights of who adds the key: they may change the concept, or there is nothing to find.
REFUSAL = """
CREATE FUNCTION rapbot_face_key_agreed() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
    BEGIN
        PERFORM 1 FROM public.concepts
        WHERE id = NEW.concept_id AND face_agreed_at IS NOT NULL
        FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'nobody agreed to a face key of concept %', NEW.concept_id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END
    $$;
CREATE TRIGGER face_key_agreed BEFORE INSERT ON keys
    FOR EACH ROW WHEN (starts_with(NEW.encoder, 'face/'))
    EXECUTE FUNCTION rapbot_face_key_agreed();
"""


def upgrade() -> None:
    op.execute(AGREEMENT)
    op.execute(REFUSAL)
    _allow_kinds("remember", "answer", "face")


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE kind = 'face'")
    _allow_kinds("remember", "answer")
    op.execute("DELETE FROM keys WHERE starts_with(encoder, 'face/')")
    op.execute("DROP TRIGGER face_key_agreed ON keys")
    op.execute("DROP FUNCTION rapbot_face_key_agreed")
    op.execute("ALTER TABLE concepts DROP COLUMN face_agreed_by, DROP COLUMN face_agreed_at")


def _allow_kinds(*kinds: str) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE jobs DROP CONSTRAINT jobs_kind_check")
    op.execute(f"ALTER TABLE jobs ADD CONSTRAINT jobs_kind_check CHECK (kind IN ({words}))")
