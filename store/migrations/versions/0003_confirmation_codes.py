"""The codes of payments from wallets and of withdrawals are rows of one kind."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
