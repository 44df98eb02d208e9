"""How far the books of each marketplace have come, as it said.

Revision ID: 0012
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE checkpoints (
            caller   text NOT NULL,
            books    uuid NOT NULL,
            number   bigint NOT NULL CONSTRAINT checkpoints_number CHECK (number > 0),
            nonce    uuid NOT NULL,
            noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (caller, books)
        )
        """
    )


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
