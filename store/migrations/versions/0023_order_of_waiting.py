"""The order in which deals wait for a wallet, and the name of a column of sandboxes. The SQL is beside this."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away: migrations only go forward")
