"""Test accounts that refuse the first requests about an operation. The SQL is beside this file."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
