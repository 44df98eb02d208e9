"""What one source alone reports is dismissed by two people, and a cursor is set back. The SQL is beside this file."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
