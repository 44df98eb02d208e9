"""A bank may send a withdrawal back later than any bank should."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("INSERT INTO state_transitions (noun, from_state, to_state) VALUES ('withdrawals', 'done', 'returned')")


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
