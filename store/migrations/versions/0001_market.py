"""Create the market's tables. The SQL is beside this file, by concern."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
