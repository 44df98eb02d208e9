"""Wallets, one per user and currency, each with an account of the ledger; holds between them."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
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
    op.execute(
        """
        CREATE TABLE holds (
            id UUID DEFAULT uuidv7() NOT NULL,
            from_wallet_id UUID NOT NULL,
            to_wallet_id UUID NOT NULL,
            amount_minor BIGINT NOT NULL,
            captured_minor BIGINT,
            currency TEXT NOT NULL,
            details TEXT NOT NULL,
            state TEXT NOT NULL,
            expires_at timestamptz NOT NULL,
            created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
            ended_at timestamptz,
            CONSTRAINT pk_holds PRIMARY KEY (id),
            CONSTRAINT fk_holds_from_wallet_id FOREIGN KEY (from_wallet_id) REFERENCES wallets (id),
            CONSTRAINT fk_holds_to_wallet_id FOREIGN KEY (to_wallet_id) REFERENCES wallets (id),
            CONSTRAINT ck_holds_state_known CHECK (state IN ('open', 'captured', 'voided', 'expired')),
            CONSTRAINT ck_holds_amount_positive CHECK (amount_minor > 0),
            CONSTRAINT ck_holds_captured_within_amount CHECK (captured_minor BETWEEN 1 AND amount_minor),
            CONSTRAINT ck_holds_captured_has_amount CHECK ((state = 'captured') = (captured_minor IS NOT NULL)),
            CONSTRAINT ck_holds_ended_has_time CHECK ((state = 'open') = (ended_at IS NULL))
        )
        """
    )
    op.execute("CREATE INDEX ix_holds_due ON holds (expires_at) WHERE state = 'open'")


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
