"""Offers count their changes, can be taken off sale, and keep the reason of a rejection."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE offers ADD COLUMN version integer DEFAULT 1 NOT NULL",
    "ALTER TABLE offers ADD COLUMN on_sale boolean DEFAULT true NOT NULL",
    "ALTER TABLE offers ADD COLUMN rejection_reason text",
    "ALTER TABLE offers ADD CONSTRAINT ck_offers_version CHECK (version > 0)",
    """ALTER TABLE offers ADD CONSTRAINT ck_offers_rejection_reason
       CHECK (rejection_reason IS NULL OR state = 'rejected')""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
