"""The signer's tables. Their SQL is beside this file, one file per concern, each after those it refers to."""

from __future__ import annotations

from edge.schema import run_scripts

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_scripts(__file__)


def downgrade() -> None:
    raise NotImplementedError("signatures are never thrown away; restore a backup instead")
