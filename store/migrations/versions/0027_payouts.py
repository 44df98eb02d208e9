"""Where payouts go is said with a scope of its own, and another account gets them after a while."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE accounts ADD COLUMN payout_from timestamptz")
    op.execute("UPDATE accounts SET payout_from = confirmed_at WHERE payout AND confirmed_at IS NOT NULL")
    op.execute(
        "ALTER TABLE accounts ADD CONSTRAINT ck_accounts_payout_from"
        " CHECK (payout_from IS NULL OR confirmed_at IS NOT NULL)"
    )
    op.execute(
        "ALTER TABLE api_keys ALTER COLUMN scopes SET DEFAULT '{users,offers,deals,payments,refunds,wallets,payouts}'"
    )
    # Keys for everything stay keys for everything; one for users alone never was meant to move money.
    op.execute(
        "UPDATE api_keys SET scopes = scopes || '{payouts}'"
        " WHERE scopes @> '{users,offers,deals,payments,refunds,wallets}'"
    )


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
