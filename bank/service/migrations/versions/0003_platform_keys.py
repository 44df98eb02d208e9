"""What comes to the platform's accounts is for its own keys. The SQL is beside this file."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
