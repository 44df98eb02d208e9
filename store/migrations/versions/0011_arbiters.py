"""Make arbitration a right of its own. The SQL is beside this file."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
