"""Let accounts follow their entries in the trigger that checks these. The SQL stands beside this file."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    # A script of many commands needs the driver's simple protocol, in the transaction that Alembic has open.
    driver = op.get_bind().connection.dbapi_connection
    assert driver is not None
    driver.run_async(lambda connection: connection.execute(script))


def downgrade() -> None:
    raise NotImplementedError("a ledger is append-only, its migrations too")
