"""Keep which keys a bank has called back about: when first, and how often."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE bank_callbacks (
            key TEXT NOT NULL,
            payment_id UUID NOT NULL,
            operation TEXT,
            status TEXT NOT NULL,
            received_at timestamptz DEFAULT clock_timestamp() NOT NULL,
            deliveries INTEGER DEFAULT 1 NOT NULL,
            CONSTRAINT pk_bank_callbacks PRIMARY KEY (key),
            CONSTRAINT ck_bank_callbacks_deliveries CHECK (deliveries > 0),
            CONSTRAINT fk_bank_callbacks_payment_id FOREIGN KEY (payment_id) REFERENCES payments (id)
        )
        """
    )


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
