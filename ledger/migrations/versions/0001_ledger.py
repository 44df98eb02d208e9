"""Create accounts, transfers and entries. The SQL is beside this file."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("a ledger is append-only, its migrations too")
