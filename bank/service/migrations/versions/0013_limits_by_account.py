"""Limits that are counted by account: wrong codes of one caller, codes that were sent, questions about funds.

Revision ID: 0013
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A script of many commands needs the driver's simple protocol, in the transaction that Alembic has open.
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None
    script = Path(__file__).with_name("0013_limits_by_account.sql").read_text(encoding="utf-8")
    driver.run_async(lambda connection: connection.execute(script))


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
