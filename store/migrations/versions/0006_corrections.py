"""Corrections of wallets, each asked for by one operator and decided by another."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
