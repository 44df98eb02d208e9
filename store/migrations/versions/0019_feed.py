"""The feed of events, which marketplaces read. The SQL is beside this file."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away: migrations only go forward")
