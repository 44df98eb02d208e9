"""API keys have a scope for wallets; who signs up gets a wallet in the currency of the house."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE api_keys ALTER COLUMN scopes SET DEFAULT '{users,offers,deals,payments,refunds,wallets}'")
    # Keys that may move money by payments moved it between wallets before there was a scope of its own.
    op.execute("UPDATE api_keys SET scopes = scopes || '{wallets}' WHERE scopes @> '{payments}'")
    op.execute("ALTER TABLE house ADD COLUMN sign_up_currency TEXT DEFAULT 'RUB' NOT NULL")


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
