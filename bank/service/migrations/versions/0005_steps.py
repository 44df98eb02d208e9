"""The two statements of a step of a payment: arrive and settle. The SQL stands beside this file.

Revision ID: 0005
"""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A script of many commands needs the driver's simple protocol, in the transaction that Alembic has open.
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None
    for name in ("0005_arrive.sql", "0005_settle.sql"):
        script = Path(__file__).with_name(name).read_text(encoding="utf-8")
        driver.run_async(lambda connection, script=script: connection.execute(script))


def downgrade() -> None:
    raise NotImplementedError("books are never thrown away; restore a backup instead")
