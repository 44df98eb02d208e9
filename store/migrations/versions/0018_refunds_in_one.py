"""A refund reaches the payer as one movement: a step takes back the seller's and the operator's part together.

Revision ID: 0018
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE steps ADD COLUMN commission_minor bigint, ADD COLUMN from_commission_minor bigint,"
        " DROP CONSTRAINT ck_steps_taking_back, DROP CONSTRAINT ck_steps_taken_back"
    )
    op.execute(
        "UPDATE steps SET commission_minor = 0, from_commission_minor = CASE state WHEN 'done' THEN 0 END"
        " WHERE refund_id IS NOT NULL"
    )
    # What was taken back before had a step for each of the two.
    op.execute(
        "ALTER TABLE steps ADD CONSTRAINT ck_steps_taking_back"
        " CHECK ((refund_id IS NOT NULL) = (name IN ('refund', 'commission_refund')))"
    )
    op.execute(
        "ALTER TABLE steps ADD CONSTRAINT ck_steps_commission CHECK ("
        "(commission_minor IS NULL) = (refund_id IS NULL) AND commission_minor BETWEEN 0 AND amount_minor)"
    )
    op.execute(
        """
        ALTER TABLE steps ADD CONSTRAINT ck_steps_taken_back CHECK (
            num_nonnulls(fee_minor, from_owed_minor, from_payee_minor, from_guarantee_minor, from_commission_minor)
                = CASE WHEN refund_id IS NOT NULL AND state = 'done' THEN 5 ELSE 0 END
            AND (from_owed_minor IS NULL
                 OR fee_minor >= 0
                    AND least(from_owed_minor, from_payee_minor, from_guarantee_minor, from_commission_minor) >= 0
                    AND from_owed_minor + from_payee_minor + from_guarantee_minor + from_commission_minor
                        = amount_minor))
        """
    )


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
