"""Each answer names the row that it acknowledges."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# What an answer of before names can only be guessed from its body: such answers are marked, and not looked at again.
_STATEMENTS = (
    "ALTER TABLE idempotency_answers ADD COLUMN noun TEXT, ADD COLUMN noun_id TEXT",
    "UPDATE idempotency_answers SET noun = 'prior', noun_id = '' WHERE status < 400",
    """ALTER TABLE idempotency_answers
        ADD CONSTRAINT ck_idempotency_answers_names_what CHECK (status >= 400 OR noun IS NOT NULL),
        ADD CONSTRAINT ck_idempotency_answers_names_whole CHECK ((noun IS NULL) = (noun_id IS NULL))""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("payments are history: migrations only go forward")
