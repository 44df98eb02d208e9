"""Wrong codes of every kind, counted by person, account and marketplace; a payment says who pays."""

from __future__ import annotations

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """CREATE TABLE wrong_codes (
        subject TEXT NOT NULL,
        marketplace_id UUID NOT NULL,
        user_id UUID NOT NULL,
        account TEXT NOT NULL,
        at timestamptz DEFAULT clock_timestamp() NOT NULL,
        forgiven_at timestamptz,
        CONSTRAINT pk_wrong_codes PRIMARY KEY (subject),
        CONSTRAINT fk_wrong_codes_marketplace_id FOREIGN KEY (marketplace_id) REFERENCES marketplaces (id),
        CONSTRAINT fk_wrong_codes_user_id FOREIGN KEY (user_id) REFERENCES users (id)
    )""",
    "CREATE INDEX ix_wrong_codes_user_id ON wrong_codes (user_id, at) WHERE forgiven_at IS NULL",
    "CREATE INDEX ix_wrong_codes_account ON wrong_codes (account, at) WHERE forgiven_at IS NULL",
    """CREATE INDEX ix_wrong_codes_marketplace_id ON wrong_codes (marketplace_id, at)
       WHERE forgiven_at IS NULL""",
    "ALTER TABLE payments ADD COLUMN payer_id UUID",
    "UPDATE payments p SET payer_id = d.buyer_id FROM deals d WHERE d.id = p.deal_id",
    "ALTER TABLE payments ALTER COLUMN payer_id SET NOT NULL",
    "ALTER TABLE payments ADD CONSTRAINT fk_payments_payer_id FOREIGN KEY (payer_id) REFERENCES users (id)",
    """CREATE INDEX ix_payments_unconfirmed ON payments (payer_id)
       WHERE state IN ('opening', 'awaiting_code', 'processing')""",
    "CREATE INDEX ix_withdrawals_unconfirmed ON withdrawals (wallet_id) WHERE state = 'awaiting_code'",
    # A person's wrong codes are counted by wrong_codes alone.
    "DROP INDEX ix_wallet_code_tries_payer",
    "ALTER TABLE wallet_code_tries DROP COLUMN payer_id",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
