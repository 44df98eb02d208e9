"""After a refund of an ended deal its closing statement is compared again; a refund is open until then."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE refunds ADD COLUMN compared_at timestamptz")
    op.execute("UPDATE refunds SET compared_at = final_at WHERE final_at IS NOT NULL")
    op.execute(
        "ALTER TABLE refunds ADD CONSTRAINT ck_refunds_compared_at CHECK (compared_at IS NULL OR final_at IS NOT NULL)"
    )
    op.execute("DROP INDEX ix_refunds_open")
    op.execute("CREATE INDEX ix_refunds_open ON refunds (id) WHERE compared_at IS NULL")


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
