"""Payouts of the marketplace's own money to accounts of clients, and their return.

Revision ID: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE payouts (
            key text PRIMARY KEY,
            caller text NOT NULL,
            request_key text NOT NULL,
            amount_minor bigint NOT NULL,
            fee_minor bigint NOT NULL,
            currency text NOT NULL,
            payer_account text NOT NULL REFERENCES accounts,
            payee_account text NOT NULL REFERENCES accounts,
            reference text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            returned_at timestamptz,
            CONSTRAINT payouts_request_once UNIQUE (caller, request_key),
            CONSTRAINT payouts_amount CHECK (amount_minor BETWEEN 1 AND 1000000000000000),
            CONSTRAINT payouts_fee CHECK (fee_minor BETWEEN 0 AND 1000000000000000),
            CONSTRAINT payouts_two_accounts CHECK (payer_account <> payee_account)
        )
        """
    )
    op.execute("ALTER TABLE callbacks DROP CONSTRAINT callbacks_status")
    op.execute(
        "ALTER TABLE callbacks ADD CONSTRAINT callbacks_status CHECK (status IN ('done', 'refused', 'returned'))"
    )
    op.execute("CREATE INDEX payouts_by_payee ON payouts (payee_account)")


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
