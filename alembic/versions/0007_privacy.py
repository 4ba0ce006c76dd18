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


def upgrade() -> None:
    op.execute(COLUMNS)
    _allow_kinds("remember", "answer", "face", "export")


def downgrade() -> None:
    op.execute("DELETE FROM jobs WHERE kind = 'export'")
    _allow_kinds("remember", "answer", "face")
    op.execute("DELETE FROM replies WHERE user_id IS NULL")
    op.execute("ALTER TABLE replies ALTER COLUMN user_id SET NOT NULL")
    op.execute("ALTER TABLE users DROP COLUMN training_agreed_at")


def _allow_kinds(*kinds: str) -> None:
    words = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE jobs DROP CONSTRAINT jobs_kind_check")
    op.execute(f"ALTER TABLE jobs ADD CONSTRAINT jobs_kind_check CHECK (kind IN ({words}))")
