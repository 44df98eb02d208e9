"""When each part of the sweep was last done."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """CREATE TABLE sweep_runs (
        part TEXT NOT NULL,
        ended_at timestamptz DEFAULT clock_timestamp() NOT NULL,
        due INTEGER NOT NULL,
        reached INTEGER NOT NULL,
        CONSTRAINT pk_sweep_runs PRIMARY KEY (part)
    )""",
    """INSERT INTO sweep_runs (part, due, reached) VALUES ('deals', 0, 0), ('payments', 0, 0), ('refunds', 0, 0),
        ('repairs', 0, 0), ('payment_requests', 0, 0), ('withdrawals', 0, 0)""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
