"""What a person may write as whom and where, and indexes for what an erasure has to find."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Who told or photographed something, or confirmed that a face may be kept, is what agreements to
# training and erasures go by: nobody says that of another. `told_by` can only be struck out, which
# its trigger sees to. A view is as it was taken, for good.
WRITERS = """
REVOKE UPDATE ON concepts, views, keys FROM rapbot_user;
GRANT UPDATE (
    list_id, name, folded_name, info, category, updated_at, forgotten_at,
    face_agreed_by, face_agreed_at, told_by
) ON concepts TO rapbot_user;
DROP POLICY added ON concepts;
CREATE POLICY added ON concepts FOR INSERT TO rapbot_user
    WITH CHECK (list_id = ANY ((SELECT rapbot_lists('owner', 'editor'))::bigint[])
                AND created_by = (SELECT rapbot_user_id())
                AND (face_agreed_by IS NULL OR face_agreed_by = (SELECT rapbot_user_id())));
DROP POLICY added ON views;
CREATE POLICY added ON views FOR INSERT TO rapbot_user
    WITH CHECK (list_id = ANY ((SELECT rapbot_lists('owner', 'editor'))::bigint[])
                AND created_by = (SELECT rapbot_user_id()));
CREATE FUNCTION rapbot_face_agreed_by_self() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
    BEGIN
        IF NEW.face_agreed_by <> rapbot_user_id() THEN
            RAISE EXCEPTION 'an agreement is confirmed by who acts'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END
    $$;
CREATE TRIGGER face_agreed_by_self BEFORE UPDATE OF face_agreed_by ON concepts
    FOR EACH ROW WHEN (NEW.face_agreed_by IS DISTINCT FROM OLD.face_agreed_by)
    EXECUTE FUNCTION rapbot_face_agreed_by_self();
"""
WRITERS_BACK = """
DROP TRIGGER face_agreed_by_self ON concepts;
DROP FUNCTION rapbot_face_agreed_by_self;
DROP POLICY added ON views;
CREATE POLICY added ON views FOR INSERT TO rapbot_user
    WITH CHECK (list_id = ANY ((SELECT rapbot_lists('owner', 'editor'))::bigint[]));
DROP POLICY added ON concepts;
CREATE POLICY added ON concepts FOR INSERT TO rapbot_user
    WITH CHECK (list_id = ANY ((SELECT rapbot_lists('owner', 'editor'))::bigint[]));
GRANT UPDATE ON concepts, views, keys TO rapbot_user;
"""

# A copied view still says who added it. That is nobody's to write, so it is copied here.
COPIES = """
CREATE FUNCTION rapbot_copy_views(source_id bigint, target_id bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    DECLARE
        target_list bigint;
        original bigint;
        copied bigint;
    BEGIN
        SELECT list_id INTO target_list FROM concepts
            WHERE id = target_id AND list_id = ANY (rapbot_lists('owner', 'editor'));
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no right to add to concept %', target_id
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        FOR original IN
            SELECT id FROM views
            WHERE concept_id = source_id
                  AND list_id = ANY (rapbot_lists('owner', 'editor', 'viewer'))
            ORDER BY id
        LOOP
            INSERT INTO views
                (concept_id, list_id, photo, scene, box, is_readable, created_by)
                SELECT target_id, target_list, photo, scene, box, is_readable, created_by
                FROM views WHERE id = original
                RETURNING id INTO copied;
            INSERT INTO keys (view_id, concept_id, list_id, encoder, ordinal, embedding)
                SELECT copied, target_id, target_list, encoder, ordinal, embedding
                FROM keys WHERE view_id = original AND NOT starts_with(encoder, 'face/');
        END LOOP;
    END
    $$;
REVOKE ALL ON FUNCTION rapbot_copy_views FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rapbot_copy_views TO rapbot_user;
"""

# Workers and the sender read jobs and replies with the system's rights. So what a person writes
# there is for their own chat or the group that they write from, and of their own photo.
PLACES = """
CREATE FUNCTION rapbot_is_chat(channel text, chat_id bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT EXISTS (
            SELECT FROM users
            WHERE users.id = rapbot_user_id() AND users.channel = $1
                  AND $2::text = CASE $1 WHEN 'telegram' THEN external_id ELSE id::text END
        ) OR EXISTS (
            SELECT FROM concept_lists
            WHERE concept_lists.id = rapbot_group_id()
                  AND concept_lists.channel = $1 AND concept_lists.chat_id = $2
        )
    $$;
REVOKE ALL ON FUNCTION rapbot_is_chat FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rapbot_is_chat TO rapbot_user;
DROP POLICY added ON replies;
CREATE POLICY added ON replies FOR INSERT TO rapbot_user
    WITH CHECK (user_id = (SELECT rapbot_user_id()) AND rapbot_is_chat(channel, chat_id));
DROP POLICY added ON jobs;
CREATE POLICY added ON jobs FOR INSERT TO rapbot_user
    WITH CHECK (user_id = (SELECT rapbot_user_id())
                AND rapbot_is_chat(channel, chat_id)
                AND (upload_id IS NULL OR EXISTS (
                    SELECT FROM uploads
                    WHERE uploads.id = upload_id AND uploads.user_id = (SELECT rapbot_user_id())
                ))
                AND (list_id IS NULL OR list_id = ANY (
                    (SELECT rapbot_lists('owner', 'editor', 'viewer'))::bigint[]
                )));
"""
PLACES_BACK = """
DROP POLICY added ON jobs;
CREATE POLICY added ON jobs FOR INSERT TO rapbot_user
    WITH CHECK (user_id = (SELECT rapbot_user_id())
                AND (list_id IS NULL OR list_id = ANY (
                    (SELECT rapbot_lists('owner', 'editor', 'viewer'))::bigint[]
                )));
DROP POLICY added ON replies;
CREATE POLICY added ON replies FOR INSERT TO rapbot_user
    WITH CHECK (user_id = (SELECT rapbot_user_id()));
DROP FUNCTION rapbot_is_chat;
"""

# Who is erased, or a photo, is looked for in each table that refers to them.
INDEXES = """
CREATE INDEX concepts_list_id_idx ON concepts (list_id);
CREATE INDEX concepts_created_by_idx ON concepts (created_by);
CREATE INDEX concepts_face_agreed_by_idx ON concepts (face_agreed_by);
CREATE INDEX views_created_by_idx ON views (created_by);
CREATE INDEX turns_user_id_idx ON turns (user_id);
CREATE INDEX dialogues_user_id_idx ON dialogues (user_id);
CREATE INDEX jobs_upload_id_idx ON jobs (upload_id) WHERE upload_id IS NOT NULL;
CREATE INDEX users_active_list_id_idx ON users (active_list_id);
CREATE INDEX concept_lists_created_by_idx ON concept_lists (created_by);
CREATE INDEX invites_created_by_idx ON invites (created_by);
CREATE INDEX changes_user_id_idx ON changes (user_id);
CREATE INDEX changes_subject_id_idx ON changes (subject_id);
"""
INDEXES_BACK = """
DROP INDEX concepts_list_id_idx, concepts_created_by_idx, concepts_face_agreed_by_idx,
    views_created_by_idx, turns_user_id_idx, dialogues_user_id_idx, jobs_upload_id_idx,
    users_active_list_id_idx, concept_lists_created_by_idx, invites_created_by_idx,
    changes_user_id_idx, changes_subject_id_idx;
"""


def upgrade() -> None:
    for part in (WRITERS, COPIES, PLACES, INDEXES):
        op.execute(part)


def downgrade() -> None:
    for part in (INDEXES_BACK, PLACES_BACK, "DROP FUNCTION rapbot_copy_views", WRITERS_BACK):
        op.execute(part)
