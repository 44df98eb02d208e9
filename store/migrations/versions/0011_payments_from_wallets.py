"""Payments from wallets and to them; confirmation codes of the house."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The house itself is bank 0, of which the directory copied from the banks knows nothing.
    op.execute("ALTER TABLE deals DROP CONSTRAINT fk_deals_payee_bank")
    op.execute(
        """
        ALTER TABLE payments
            DROP CONSTRAINT fk_payments_payer_bank,
            ALTER account_id DROP NOT NULL,
            ADD wallet_id UUID,
            ADD payee_account TEXT,
            ADD CONSTRAINT fk_payments_wallet_id FOREIGN KEY (wallet_id) REFERENCES wallets (id),
            ADD CONSTRAINT ck_payments_one_source CHECK (num_nonnulls(account_id, wallet_id) = 1),
            ADD CONSTRAINT ck_payments_wallets_are_of_the_house CHECK ((wallet_id IS NULL) = (payer_bank > 0)),
            ADD CONSTRAINT ck_payments_house_takes_no_fee CHECK (wallet_id IS NULL OR fee_minor = 0)
        """
    )
    op.execute("UPDATE payments p SET payee_account = d.payee_account FROM deals d WHERE d.id = p.deal_id")
    op.execute("ALTER TABLE payments ALTER payee_account SET NOT NULL")
    op.execute(
        """
        CREATE TABLE wallet_codes (
            subject TEXT NOT NULL,
            number INTEGER NOT NULL,
            payer_id UUID NOT NULL,
            digest BYTEA NOT NULL,
            tries INTEGER DEFAULT 0 NOT NULL,
            created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
            expires_at timestamptz NOT NULL,
            killed_at timestamptz,
            used_at timestamptz,
            used_attempt INTEGER,
            CONSTRAINT pk_wallet_codes PRIMARY KEY (subject, number),
            CONSTRAINT fk_wallet_codes_payer_id FOREIGN KEY (payer_id) REFERENCES users (id),
            CONSTRAINT ck_wallet_codes_at_most_three CHECK (number BETWEEN 1 AND 3),
            CONSTRAINT ck_wallet_codes_at_most_five_tries CHECK (tries BETWEEN 0 AND 5),
            CONSTRAINT ck_wallet_codes_used_by_a_try
                CHECK ((used_at IS NULL) = (used_attempt IS NULL) AND (used_at IS NULL OR tries > 0))
        )
        """
    )
    op.execute(
        "CREATE UNIQUE INDEX uq_wallet_codes_live ON wallet_codes (subject) WHERE killed_at IS NULL AND used_at IS NULL"
    )
    op.execute(
        """
        CREATE TABLE wallet_code_tries (
            subject TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            code_number INTEGER NOT NULL,
            payer_id UUID NOT NULL,
            at timestamptz DEFAULT clock_timestamp() NOT NULL,
            CONSTRAINT pk_wallet_code_tries PRIMARY KEY (subject, attempt),
            CONSTRAINT fk_wallet_code_tries_subject FOREIGN KEY (subject, code_number)
                REFERENCES wallet_codes (subject, number)
        )
        """
    )
    op.execute("CREATE INDEX ix_wallet_code_tries_payer ON wallet_code_tries (payer_id, at)")


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
