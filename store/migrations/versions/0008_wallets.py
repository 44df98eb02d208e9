"""Wallets: one per user and currency, each with an account of the ledger."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE wallets (
            id UUID DEFAULT uuidv7() NOT NULL,
            user_id UUID NOT NULL,
            currency TEXT NOT NULL,
            account_id BIGINT NOT NULL,
            created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
            CONSTRAINT pk_wallets PRIMARY KEY (id),
            CONSTRAINT fk_wallets_user_id FOREIGN KEY (user_id) REFERENCES users (id),
            CONSTRAINT uq_wallets_user_id_currency UNIQUE (user_id, currency),
            CONSTRAINT uq_wallets_account_id UNIQUE (account_id)
        )
        """
    )


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
