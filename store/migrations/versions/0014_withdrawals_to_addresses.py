"""Withdrawals to addresses on TRON, and their approval. The SQL is beside this file."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
