"""What waits: a withdrawal for the operator's money, a refund for another account of a payer whose own is closed.

Revision ID: 0025
"""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE withdrawals
            ADD COLUMN payout integer NOT NULL DEFAULT 1,
            ADD COLUMN short_since timestamptz,
            DROP CONSTRAINT ck_withdrawals_confirmed,
            ADD CONSTRAINT ck_withdrawals_confirmed CHECK (
                state = 'cancelled' OR (state IN ('awaiting_code', 'expired')) = (confirmed_at IS NULL)),
            ADD CONSTRAINT ck_withdrawals_short CHECK ((state = 'awaiting_funds') = (short_since IS NOT NULL))
        """
    )
    op.execute("ALTER TABLE payments ADD COLUMN refund_to text, ADD COLUMN refund_by text")
    op.execute("ALTER TABLE steps ADD COLUMN given_to text, ADD COLUMN given_by text")
    op.execute(
        "ALTER TABLE payments ADD CONSTRAINT ck_payments_refund_to CHECK ((refund_to IS NULL) = (refund_by IS NULL))"
    )
    op.execute(
        "ALTER TABLE steps ADD CONSTRAINT ck_steps_given CHECK ("
        "(given_to IS NULL) = (given_by IS NULL) AND (given_to IS NULL OR refund_id IS NOT NULL))"
    )
    op.execute("CREATE INDEX ix_withdrawals_short ON withdrawals (bank_id) WHERE state = 'awaiting_funds'")
    op.execute(
        """
        INSERT INTO state_transitions (noun, from_state, to_state) VALUES
            ('withdrawals', 'paying', 'awaiting_funds'),
            ('withdrawals', 'awaiting_funds', 'paying'),
            ('withdrawals', 'awaiting_funds', 'cancelled')
        """
    )


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
