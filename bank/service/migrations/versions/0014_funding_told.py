"""Marketplaces are told when money comes to a guarantee account.

Revision ID: 0014
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE callbacks
            DROP CONSTRAINT callbacks_status,
            ADD CONSTRAINT callbacks_status CHECK (status IN ('done', 'refused', 'returned', 'funded'))
        """
    )
    # All others are about the answer to a request of theirs.
    op.execute(
        """
        ALTER TABLE callbacks
            DROP CONSTRAINT callbacks_of_an_answer,
            ADD COLUMN answered text GENERATED ALWAYS AS (CASE WHEN status <> 'funded' THEN key END) STORED,
            ADD CONSTRAINT callbacks_of_an_answer FOREIGN KEY (caller, answered) REFERENCES answers (caller, key)
        """
    )


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
