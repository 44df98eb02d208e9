"""An account at a bank is used only after its owner has confirmed it."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """ALTER TABLE accounts
        ADD COLUMN confirmed_at timestamptz,
        ADD COLUMN vouched_by UUID,
        ADD CONSTRAINT ck_accounts_vouched CHECK (vouched_by IS NULL OR confirmed_at IS NOT NULL),
        ADD CONSTRAINT fk_accounts_vouched_by FOREIGN KEY (vouched_by) REFERENCES operators (id)""",
    # Whoever has paid from an account has entered a code that his bank mailed to its owner.
    """UPDATE accounts a SET confirmed_at = a.created_at
       WHERE EXISTS (SELECT FROM payments p WHERE p.account_id = a.id AND p.taken)""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
