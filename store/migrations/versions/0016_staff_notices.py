"""News about the platform's own money is for administrators. The SQL is beside this file."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
