"""Drop an index of events that nothing reads. The SQL is beside this file."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
