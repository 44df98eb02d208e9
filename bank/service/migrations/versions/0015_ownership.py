"""An owner's code may also say that an account is his, to one who keeps a record of that claim.

Revision ID: 0015
"""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """ALTER TABLE account_accesses
        ADD COLUMN purpose text NOT NULL DEFAULT 'view'
            CONSTRAINT account_accesses_purpose CHECK (purpose IN ('view', 'ownership')),
        ADD COLUMN reference text NOT NULL DEFAULT '',
        ADD CONSTRAINT account_accesses_reference CHECK ((purpose = 'ownership') = (reference <> ''))""",
    "DROP INDEX account_accesses_one_open",
    """CREATE UNIQUE INDEX account_accesses_one_open ON account_accesses (caller, number, purpose, reference)
       WHERE confirmed_at IS NULL AND ended_at IS NULL""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
