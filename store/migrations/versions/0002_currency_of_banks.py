"""Keep the currency of a bank's operator accounts. Banks copied before have it within one copy of the directory."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE banks ADD COLUMN currency TEXT NOT NULL DEFAULT 'RUB'")
    op.execute("ALTER TABLE banks ALTER COLUMN currency DROP DEFAULT")


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
