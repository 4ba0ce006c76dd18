"""Families and groups: shared lists, invites, who may change them, and their history."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE concept_lists
    ADD COLUMN created_by bigint,
    ADD COLUMN channel text,
    ADD COLUMN chat_id bigint,
    ADD COLUMN abandoned_at timestamptz,
    ADD COLUMN offered_to bigint,
    ADD CONSTRAINT concept_lists_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL,
    ADD CONSTRAINT concept_lists_offered_to_fkey FOREIGN KEY (offered_to)
        REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX concept_lists_offered_to_idx ON concept_lists (offered_to);
CREATE UNIQUE INDEX concept_lists_group_key ON concept_lists (channel, chat_id)
    WHERE kind = 'group';
ALTER TABLE concepts
    ADD COLUMN told_by bigint,
    ADD CONSTRAINT concepts_told_by_fkey FOREIGN KEY (told_by)
        REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX concepts_told_by_idx ON concepts (told_by);
UPDATE concepts SET told_by = created_by;
ALTER TABLE users
    ADD COLUMN active_list_id bigint,
    ADD CONSTRAINT users_active_list_id_fkey FOREIGN KEY (active_list_id)
        REFERENCES concept_lists (id) ON DELETE SET NULL;
ALTER TABLE members
    ADD CONSTRAINT members_owner_excl EXCLUDE USING btree (list_id WITH =)
        WHERE (role = 'owner') DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE jobs
    ADD COLUMN list_id bigint,
    ADD COLUMN is_group boolean DEFAULT false NOT NULL,
    ADD CONSTRAINT jobs_list_id_fkey FOREIGN KEY (list_id)
        REFERENCES concept_lists (id) ON DELETE SET NULL;
CREATE INDEX jobs_list_id_idx ON jobs (list_id);
"""

TABLES = """
CREATE TABLE invites (
    id bigint GENERATED ALWAYS AS IDENTITY,
    list_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    role text NOT NULL,
    created_by bigint,
    created_at timestamptz DEFAULT now() NOT NULL,
    expires_at timestamptz NOT NULL,
    most_uses bigint DEFAULT 1 NOT NULL,
    uses bigint DEFAULT 0 NOT NULL,
    is_revoked boolean DEFAULT false NOT NULL,
    CONSTRAINT invites_pkey PRIMARY KEY (id),
    CONSTRAINT invites_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invites_role_check CHECK (role IN ('editor', 'viewer')),
    CONSTRAINT invites_list_id_fkey FOREIGN KEY (list_id)
        REFERENCES concept_lists (id) ON DELETE CASCADE,
    CONSTRAINT invites_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX invites_list_id_idx ON invites (list_id);
CREATE TABLE changes (
    id bigint GENERATED ALWAYS AS IDENTITY,
    list_id bigint NOT NULL,
    user_id bigint,
    subject_id bigint,
    concept_id bigint,
    action text NOT NULL,
    name text DEFAULT '' NOT NULL,
    was text,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT changes_pkey PRIMARY KEY (id),
    CONSTRAINT changes_action_check CHECK (action IN (
        'added', 'view_added', 'renamed', 'described', 'forgotten', 'restored', 'moved_in',
        'moved_out', 'face_agreed', 'face_withdrawn', 'founded', 'joined', 'left', 'removed',
        'became', 'titled'
    )),
    CONSTRAINT changes_list_id_fkey FOREIGN KEY (list_id)
        REFERENCES concept_lists (id) ON DELETE CASCADE,
    CONSTRAINT changes_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT changes_subject_id_fkey FOREIGN KEY (subject_id)
        REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX changes_list_id_id_idx ON changes (list_id, id);
"""

# From inside a group only the group's list is seen: what the bot says there is read by all of them.
CONTEXT = """
CREATE FUNCTION rapbot_group_id() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('rapbot.group_id', true), '')::bigint;
CREATE OR REPLACE FUNCTION rapbot_lists(VARIADIC roles text[]) RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT coalesce(array_agg(members.list_id), '{}')
        FROM public.members JOIN public.concept_lists ON concept_lists.id = members.list_id
        WHERE members.user_id = public.rapbot_user_id() AND members.role = ANY (roles)
              AND CASE WHEN public.rapbot_group_id() IS NULL THEN concept_lists.kind <> 'group'
                       ELSE concept_lists.id = public.rapbot_group_id() END
    $$;
-- What people may know of those with whom they share a list: what they are called, and no more.
CREATE FUNCTION rapbot_companions() RETURNS TABLE (id bigint, display_name text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT users.id, users.display_name FROM public.users
        WHERE users.id IN (
            SELECT user_id FROM public.members
            WHERE list_id = ANY (
                (SELECT public.rapbot_lists('owner', 'editor', 'viewer'))::bigint[]
            )
        )
    $$;
"""

# What nobody may do as a member, because they are none yet: found a family, see what an invite is
# for, and join.
DOORS = """
CREATE FUNCTION rapbot_found_family(title text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    DECLARE founded bigint;
    BEGIN
        IF rapbot_user_id() IS NULL THEN
            RAISE EXCEPTION 'nobody founds a family' USING ERRCODE = 'insufficient_privilege';
        END IF;
        INSERT INTO concept_lists (kind, title, created_by)
            VALUES ('family', title, rapbot_user_id()) RETURNING id INTO founded;
        INSERT INTO members (list_id, user_id, role) VALUES (founded, rapbot_user_id(), 'owner');
        RETURN founded;
    END
    $$;
CREATE FUNCTION rapbot_read_invite(
    token_hash bytea, OUT title text, OUT role text, OUT invited_by text, OUT is_member boolean
)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT concept_lists.title, invites.role, coalesce(users.display_name, ''),
               EXISTS (SELECT FROM members WHERE members.list_id = invites.list_id
                                             AND members.user_id = rapbot_user_id())
        FROM invites JOIN concept_lists ON concept_lists.id = invites.list_id
             LEFT JOIN users ON users.id = invites.created_by
        WHERE invites.token_hash = $1 AND NOT invites.is_revoked AND invites.expires_at > now()
              AND invites.uses < invites.most_uses AND rapbot_user_id() IS NOT NULL
    $$;
-- `list_id` is NULL where the invite is no good. `is_new` is NULL where the list is full.
CREATE FUNCTION rapbot_join(
    token_hash bytea, most_members bigint, OUT list_id bigint, OUT is_new boolean
)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    DECLARE invite invites;
    BEGIN
        -- Whoever joins one list takes their turn; and who dissolves it locks in this order, too.
        PERFORM FROM concept_lists
            WHERE id = (SELECT invites.list_id FROM invites
                        WHERE invites.token_hash = rapbot_join.token_hash)
            FOR NO KEY UPDATE;
        SELECT * INTO invite FROM invites
            WHERE invites.token_hash = rapbot_join.token_hash AND NOT invites.is_revoked
                  AND invites.expires_at > now() AND invites.uses < invites.most_uses
            FOR UPDATE;
        IF NOT FOUND OR rapbot_user_id() IS NULL THEN
            RETURN;
        END IF;
        list_id := invite.list_id;
        is_new := NOT EXISTS (SELECT FROM members WHERE members.list_id = invite.list_id
                                                    AND members.user_id = rapbot_user_id());
        IF NOT is_new THEN
            RETURN;
        END IF;
        IF (SELECT count(*) FROM members WHERE members.list_id = invite.list_id) >= most_members
        THEN
            is_new := NULL;
            RETURN;
        END IF;
        INSERT INTO members (list_id, user_id, role)
            VALUES (invite.list_id, rapbot_user_id(), invite.role);
        UPDATE invites SET uses = uses + 1 WHERE id = invite.id;
    END
    $$;
-- A family changes hands by the word of whom it was offered to, who has no right to it before.
-- Returns `done`; `gone` if it is not offered to them (any more), `full` if they own too many.
CREATE FUNCTION rapbot_answer_offer(list_id bigint, accepts boolean, most_families bigint)
    RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    DECLARE me bigint := rapbot_user_id();
    BEGIN
        -- Who accepts two families at once takes their turn.
        PERFORM FROM users WHERE id = me FOR NO KEY UPDATE;
        PERFORM FROM concept_lists
            WHERE id = $1 AND kind = 'family' AND offered_to = me
            FOR NO KEY UPDATE;
        IF NOT FOUND OR NOT EXISTS (
            SELECT FROM members
            WHERE members.list_id = $1 AND user_id = me AND role <> 'owner'
        ) THEN
            RETURN 'gone';
        END IF;
        IF accepts AND most_families <= (
            SELECT count(*) FROM members JOIN concept_lists ON concept_lists.id = members.list_id
            WHERE user_id = me AND role = 'owner' AND kind = 'family'
        ) THEN
            RETURN 'full';
        END IF;
        UPDATE concept_lists SET offered_to = NULL WHERE id = $1;
        IF accepts THEN
            UPDATE members SET role = CASE WHEN user_id = me THEN 'owner' ELSE 'editor' END
                WHERE members.list_id = $1 AND (user_id = me OR role = 'owner');
            UPDATE invites SET is_revoked = true WHERE invites.list_id = $1;
        END IF;
        RETURN 'done';
    END
    $$;
"""

# Whose words a concept's name and info are: who told both, nobody where it was several. What is
# done by nobody, such as a number behind a taken name, leaves that as it is.
TELLERS = """
CREATE FUNCTION rapbot_note_teller() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, public
    AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            NEW.told_by := coalesce(rapbot_user_id(), NEW.told_by, NEW.created_by);
        ELSIF rapbot_user_id() IS NOT NULL AND rapbot_user_id() IS DISTINCT FROM OLD.told_by
              AND (NEW.name <> OLD.name OR NEW.info <> OLD.info) THEN
            NEW.told_by := CASE
                WHEN NEW.name <> OLD.name AND (NEW.info <> OLD.info OR NEW.info = '')
                THEN rapbot_user_id()
            END;
        ELSIF NEW.told_by IS NOT NULL THEN
            NEW.told_by := OLD.told_by;
        END IF;
        RETURN NEW;
    END
    $$;
CREATE TRIGGER told BEFORE INSERT OR UPDATE ON concepts
    FOR EACH ROW EXECUTE FUNCTION rapbot_note_teller();
"""

# History is written here, and not by the verbs: none of them can forget it, and whoever acts for a
# person can neither add to it nor take from it.
HISTORY = """
CREATE FUNCTION rapbot_note(
    list_id bigint, action text, concept_id bigint, name text, was text, subject_id bigint
) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        INSERT INTO changes (list_id, user_id, subject_id, concept_id, action, name, was)
        -- A list or a person that is being erased takes its history along.
        SELECT concept_lists.id, rapbot_user_id(),
               (SELECT id FROM users WHERE id = $6), $3, $2, coalesce($4, ''), $5
        FROM concept_lists WHERE concept_lists.id = $1 AND kind <> 'personal'
    $$;
CREATE FUNCTION rapbot_note_concept() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            PERFORM rapbot_note(NEW.list_id, 'added', NEW.id, NEW.name, NULL, NULL);
            RETURN NULL;
        END IF;
        IF NEW.list_id <> OLD.list_id THEN
            PERFORM rapbot_note(OLD.list_id, 'moved_out', NEW.id, OLD.name, NULL, NULL);
            PERFORM rapbot_note(NEW.list_id, 'moved_in', NEW.id, NEW.name, NULL, NULL);
        END IF;
        IF NEW.name <> OLD.name THEN
            PERFORM rapbot_note(NEW.list_id, 'renamed', NEW.id, NEW.name, OLD.name, NULL);
        END IF;
        IF NEW.info <> OLD.info THEN
            PERFORM rapbot_note(NEW.list_id, 'described', NEW.id, NEW.name, OLD.info, NULL);
        END IF;
        IF (NEW.forgotten_at IS NULL) <> (OLD.forgotten_at IS NULL) THEN
            PERFORM rapbot_note(
                NEW.list_id,
                CASE WHEN NEW.forgotten_at IS NULL THEN 'restored' ELSE 'forgotten' END,
                NEW.id, NEW.name, NULL, NULL
            );
        END IF;
        IF (NEW.face_agreed_at IS NULL) <> (OLD.face_agreed_at IS NULL) THEN
            PERFORM rapbot_note(
                NEW.list_id,
                CASE WHEN NEW.face_agreed_at IS NULL THEN 'face_withdrawn' ELSE 'face_agreed' END,
                NEW.id, NEW.name, NULL, NULL
            );
        END IF;
        RETURN NULL;
    END
    $$;
CREATE TRIGGER history AFTER INSERT OR UPDATE ON concepts
    FOR EACH ROW EXECUTE FUNCTION rapbot_note_concept();
CREATE FUNCTION rapbot_note_view() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        -- The first view comes with its concept.
        IF EXISTS (SELECT FROM views WHERE concept_id = NEW.concept_id AND id < NEW.id) THEN
            PERFORM rapbot_note(NEW.list_id, 'view_added', concepts.id, concepts.name, NULL, NULL)
            FROM concepts WHERE concepts.id = NEW.concept_id;
        END IF;
        RETURN NULL;
    END
    $$;
CREATE TRIGGER history AFTER INSERT ON views
    FOR EACH ROW EXECUTE FUNCTION rapbot_note_view();
CREATE FUNCTION rapbot_note_member() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            PERFORM rapbot_note(
                NEW.list_id, CASE NEW.role WHEN 'owner' THEN 'founded' ELSE 'joined' END,
                NULL, NEW.role, NULL, NEW.user_id
            );
        ELSIF TG_OP = 'DELETE' THEN
            PERFORM rapbot_note(
                OLD.list_id,
                CASE WHEN coalesce(rapbot_user_id(), OLD.user_id) = OLD.user_id
                     THEN 'left' ELSE 'removed' END,
                NULL, OLD.role, NULL, OLD.user_id
            );
        ELSIF NEW.role <> OLD.role THEN
            PERFORM rapbot_note(NEW.list_id, 'became', NULL, NEW.role, OLD.role, NEW.user_id);
        END IF;
        RETURN NULL;
    END
    $$;
CREATE TRIGGER history AFTER INSERT OR UPDATE OR DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION rapbot_note_member();
CREATE FUNCTION rapbot_note_title() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        PERFORM rapbot_note(NEW.id, 'titled', NULL, NEW.title, OLD.title, NULL);
        RETURN NULL;
    END
    $$;
CREATE TRIGGER history AFTER UPDATE OF title ON concept_lists
    FOR EACH ROW WHEN (NEW.title <> OLD.title) EXECUTE FUNCTION rapbot_note_title();
"""

# Who may not write to a list any more does not come back to it as their active one later.
ENDS = """
CREATE FUNCTION rapbot_end_active() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        UPDATE users SET active_list_id = NULL
        WHERE id = OLD.user_id AND active_list_id = OLD.list_id;
        RETURN NULL;
    END
    $$;
CREATE TRIGGER left_behind AFTER DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION rapbot_end_active();
CREATE TRIGGER made_viewer AFTER UPDATE OF role ON members
    FOR EACH ROW WHEN (NEW.role = 'viewer') EXECUTE FUNCTION rapbot_end_active();
-- Whose role the owner changes, and who goes, is not offered the list any more; a changed role
-- takes back what was offered to others, too.
CREATE FUNCTION rapbot_end_offer() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        UPDATE concept_lists SET offered_to = NULL
        WHERE id = OLD.list_id AND offered_to IS NOT NULL
              AND (TG_OP = 'UPDATE' OR offered_to = OLD.user_id);
        RETURN NULL;
    END
    $$;
CREATE TRIGGER offer_ended AFTER UPDATE OF role OR DELETE ON members
    FOR EACH ROW EXECUTE FUNCTION rapbot_end_offer();
"""

FUNCTIONS = (
    "rapbot_companions",
    "rapbot_found_family",
    "rapbot_read_invite",
    "rapbot_join",
    "rapbot_answer_offer",
    "rapbot_note_teller",
    "rapbot_end_active",
    "rapbot_end_offer",
    "rapbot_note",
    "rapbot_note_concept",
    "rapbot_note_view",
    "rapbot_note_member",
    "rapbot_note_title",
)
FOR_PEOPLE = (
    "rapbot_companions",
    "rapbot_found_family",
    "rapbot_read_invite",
    "rapbot_join",
    "rapbot_answer_offer",
    # A trigger's function is called with the rights of who writes.
    "rapbot_note_teller",
)

GRANTS = """
GRANT UPDATE (active_list_id) ON users TO rapbot_user;
GRANT UPDATE (title, offered_to), DELETE ON concept_lists TO rapbot_user;
GRANT UPDATE (role), DELETE ON members TO rapbot_user;
GRANT SELECT, INSERT, UPDATE (is_revoked) ON invites TO rapbot_user;
GRANT SELECT ON changes TO rapbot_user;
"""

POLICIES = """
CREATE POLICY changed ON users FOR UPDATE TO rapbot_user
    USING (id = (SELECT rapbot_user_id()))
    WITH CHECK (active_list_id IS NULL
                OR active_list_id = ANY ((SELECT rapbot_lists('owner', 'editor'))::bigint[]));
CREATE POLICY changed ON concept_lists FOR UPDATE TO rapbot_user
    USING (kind = 'family' AND id = ANY ((SELECT rapbot_lists('owner'))::bigint[]));
CREATE POLICY erased ON concept_lists FOR DELETE TO rapbot_user
    USING (kind = 'family' AND id = ANY ((SELECT rapbot_lists('owner'))::bigint[]));
CREATE POLICY changed ON members FOR UPDATE TO rapbot_user
    USING (list_id = ANY ((SELECT rapbot_lists('owner'))::bigint[]));
CREATE POLICY erased ON members FOR DELETE TO rapbot_user
    USING (role <> 'owner' AND (user_id = (SELECT rapbot_user_id())
           OR list_id = ANY ((SELECT rapbot_lists('owner'))::bigint[])));
ALTER TABLE invites ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON invites FOR SELECT TO rapbot_user
    USING (list_id = ANY ((SELECT rapbot_lists('owner'))::bigint[]));
CREATE POLICY added ON invites FOR INSERT TO rapbot_user
    WITH CHECK (list_id = ANY ((SELECT rapbot_lists('owner'))::bigint[])
                AND created_by = (SELECT rapbot_user_id())
                AND EXISTS (SELECT FROM concept_lists
                            WHERE concept_lists.id = list_id AND concept_lists.kind = 'family'));
CREATE POLICY changed ON invites FOR UPDATE TO rapbot_user
    USING (list_id = ANY ((SELECT rapbot_lists('owner'))::bigint[]));
ALTER TABLE changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON changes FOR SELECT TO rapbot_user
    USING (list_id = ANY ((SELECT rapbot_lists('owner', 'editor', 'viewer'))::bigint[]));
DROP POLICY added ON jobs;
CREATE POLICY added ON jobs FOR INSERT TO rapbot_user
    WITH CHECK (user_id = (SELECT rapbot_user_id())
                AND (list_id IS NULL OR list_id = ANY (
                    (SELECT rapbot_lists('owner', 'editor', 'viewer'))::bigint[]
                )));
"""


def upgrade() -> None:
    for part in (COLUMNS, TABLES, CONTEXT, DOORS, TELLERS, HISTORY, ENDS):
        op.execute(part)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    for function in FOR_PEOPLE:
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO rapbot_user")
    op.execute(GRANTS)
    op.execute(POLICIES)


BACK = """
DELETE FROM concept_lists WHERE kind <> 'personal';
DROP POLICY added ON jobs;
CREATE POLICY added ON jobs FOR INSERT TO rapbot_user
    WITH CHECK (user_id = (SELECT rapbot_user_id()));
DROP POLICY erased ON members;
DROP POLICY changed ON members;
DROP POLICY erased ON concept_lists;
DROP POLICY changed ON concept_lists;
DROP POLICY changed ON users;
REVOKE UPDATE, DELETE ON concept_lists, members FROM rapbot_user;
REVOKE UPDATE (title, offered_to) ON concept_lists FROM rapbot_user;
REVOKE UPDATE (role) ON members FROM rapbot_user;
DROP TRIGGER history ON concept_lists;
DROP TRIGGER history ON members;
DROP TRIGGER left_behind ON members;
DROP TRIGGER made_viewer ON members;
DROP TRIGGER offer_ended ON members;
DROP TRIGGER told ON concepts;
DROP TRIGGER history ON views;
DROP TRIGGER history ON concepts;
"""

# As it was: a list of any kind that the person is a member of.
LISTS_BACK = """
CREATE OR REPLACE FUNCTION rapbot_lists(VARIADIC roles text[]) RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT coalesce(array_agg(list_id), '{}') FROM public.members
        WHERE user_id = public.rapbot_user_id() AND role = ANY (roles)
    $$;
"""

COLUMNS_BACK = """
DROP TABLE changes, invites;
ALTER TABLE jobs DROP COLUMN list_id, DROP COLUMN is_group;
ALTER TABLE members DROP CONSTRAINT members_owner_excl;
ALTER TABLE users DROP COLUMN active_list_id;
ALTER TABLE concept_lists
    DROP COLUMN created_by, DROP COLUMN channel, DROP COLUMN chat_id, DROP COLUMN abandoned_at,
    DROP COLUMN offered_to;
ALTER TABLE concepts DROP COLUMN told_by;
"""


def downgrade() -> None:
    """Go back to lists of one person each: families and groups are erased with all their data."""
    op.execute(BACK)
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    op.execute(LISTS_BACK)
    op.execute("DROP FUNCTION rapbot_group_id")
    op.execute(COLUMNS_BACK)
