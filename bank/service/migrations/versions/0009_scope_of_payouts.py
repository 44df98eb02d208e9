"""Paying the marketplace's own money out is a right of its own.

Revision ID: 0009
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE api_keys
            DROP CONSTRAINT api_keys_scopes,
            ADD CONSTRAINT api_keys_scopes CHECK (scopes <@ '{payments,payouts,balances,admin}' AND scopes <> '{}')
        """
    )
    # Until now every key for payments could do it: those keep it until they are replaced.
    op.execute("UPDATE api_keys SET scopes = scopes || '{payouts}' WHERE 'payments' = ANY (scopes)")


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
