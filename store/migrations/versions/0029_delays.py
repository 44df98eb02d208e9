"""A payment says why its bank is left alone, and until when."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_STATEMENTS = (
    "ALTER TABLE payments ADD COLUMN delay_reason TEXT, ADD COLUMN delayed_until timestamptz",
    """ALTER TABLE payments ADD CONSTRAINT ck_payments_delayed
       CHECK ((delay_reason IS NULL) = (delayed_until IS NULL))""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
