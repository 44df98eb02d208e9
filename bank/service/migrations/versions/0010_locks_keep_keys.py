"""The steps lock rows as everybody does: rows that refer to them may be inserted meanwhile.

Revision ID: 0010
"""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Nothing else of the functions changes, so that their texts are not told a third time.
    op.execute(
        r"""
        DO $$
        DECLARE step record;
        BEGIN
            FOR step IN
                SELECT pg_get_functiondef(p.oid) AS text FROM pg_proc p
                WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ '\mFOR UPDATE\M'
            LOOP
                EXECUTE regexp_replace(step.text, '\mFOR UPDATE\M', 'FOR NO KEY UPDATE', 'g');
            END LOOP;
        END $$
        """
    )


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
